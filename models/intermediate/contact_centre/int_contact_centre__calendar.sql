-- grain: one row per half hour of the history looked at and of the days ahead (half_hour_at)
--
-- What is known in advance: the clock of the business's zone, its holidays, the campaign calendar.
with bounds as (
    select
        {{ epoch_us(truncate_half_hour(as_of())) }} // 1800000000 as now_slot,
        greatest(
            min({{ epoch_us('half_hour_at') }} // 1800000000),
            {{ epoch_us(truncate_half_hour(as_of())) }} // 1800000000
            - 48 * {{ var('forecast_history_days') }}
        ) as first_slot
    from {{ ref('int_contact_centre__demand') }}
),

slots as (
    select {{ explode_integers('first_slot', 'now_slot + 48 * ' ~ var('forecast_days') ~ ' - 1') }} as slot
    from bounds
    where first_slot is not null
),

clocks as (
    select
        slot,
        {{ timestamp_from_us('slot * 1800000000') }} as half_hour_at,
        {{ utc_to_local(timestamp_from_us('slot * 1800000000'), "'" ~ var('business_time_zone') ~ "'") }}
            as local_at
    from slots
),

days as (
    select distinct cast(local_at as date) as local_date
    from clocks
),

holidays as (
    select distinct date as date_day
    from {{ ref('public_holidays') }}
    where zone = '{{ var("business_zone") }}'
),

campaigns as (
    select
        days.local_date,
        count(*) as campaign_count,
        count(case when campaigns.is_peak then 1 end) as peak_count
    from days
    inner join {{ ref('int_canonical__campaigns') }} as campaigns
        on
            days.local_date >= cast(campaigns.starts_at as date)
            and days.local_date <= cast(campaigns.ends_at as date)
    group by days.local_date
)

select
    clocks.half_hour_at,
    clocks.slot,
    cast(clocks.local_at as date) as local_date,
    {{ format_hour_minute('clocks.local_at') }} as local_time,
    cast(
        2 * extract(hour from clocks.local_at) + extract(minute from clocks.local_at) // 30 as integer
    ) as half_hour_of_day,
    {{ iso_weekday('cast(clocks.local_at as date)') }} as day_of_week,
    holidays.date_day is not null as is_public_holiday,
    coalesce(campaigns.campaign_count, 0) as campaign_count,
    coalesce(campaigns.peak_count, 0) as peak_count
from clocks
left join holidays
    on cast(clocks.local_at as date) = holidays.date_day
left join campaigns
    on cast(clocks.local_at as date) = campaigns.local_date
