-- grain: one row per lead that was called: its age by the clock of lawful calling hours (delivery_id)
--
-- Nights, weekends and holidays of the consumer's zone don't age a lead. Of zones that share a clock,
-- the one of seeds/holiday_zones.csv without days of its own counts: metropole before Alsace-Moselle.
with called as (
    select
        delivery_id,
        consumer_time_zone,
        detected_at,
        first_attempt_at,
        cast({{ utc_to_local('detected_at', 'consumer_time_zone') }} as date) as detected_date,
        cast({{ utc_to_local('first_attempt_at', 'consumer_time_zone') }} as date) as attempt_date
    from {{ ref('int_e_rebond__delivered_leads') }}
    where first_attempt_at >= detected_at
),

zones as (
    select
        time_zone,
        coalesce(min(case when subdivision is null then zone end), min(zone)) as zone
    from {{ ref('holiday_zones') }}
    group by time_zone
),

days as (
    select
        called.*,
        {{ explode_integers(
            '0', epoch_s('cast(called.attempt_date as timestamp)') ~ ' // 86400 - '
            ~ epoch_s('cast(called.detected_date as timestamp)') ~ ' // 86400'
        ) }} as day_number
    from called
),

dated as (
    select
        days.delivery_id,
        days.consumer_time_zone,
        days.detected_at,
        days.first_attempt_at,
        days.attempt_date,
        {{ add_days('days.detected_date', 'days.day_number') }} as date_day
    from days
),

-- A day on which the law lets us call at all.
calling_days as (
    select dated.*
    from dated
    inner join zones on dated.consumer_time_zone = zones.time_zone
    inner join {{ ref('contact_rules') }} as weekdays
        on
            weekdays.rule = 'weekdays'
            and weekdays.country = '{{ var("default_country") }}'
            and {{ in_force('weekdays', 'dated.date_day') }}
            and weekdays.weekdays like '%' || cast({{ iso_weekday('dated.date_day') }} as varchar) || '%'
    left join {{ ref('public_holidays') }} as holidays
        on zones.zone = holidays.zone and dated.date_day = holidays.date
    where holidays.date is null
),

windows as (
    select
        calling_days.delivery_id,
        calling_days.date_day,
        calling_days.attempt_date,
        greatest(calling_days.detected_at, {{ local_to_utc(
            clock_time('calling_days.date_day', 'hours.opens_at'), 'calling_days.consumer_time_zone'
        ) }}) as starts_at,
        least(calling_days.first_attempt_at, {{ local_to_utc(
            clock_time('calling_days.date_day', 'hours.closes_at'), 'calling_days.consumer_time_zone'
        ) }}) as ends_at
    from calling_days
    inner join {{ ref('contact_rules') }} as hours
        on
            hours.rule = 'hours'
            and hours.country = '{{ var("default_country") }}'
            and {{ in_force('hours', 'calling_days.date_day') }}
),

ages as (
    select
        delivery_id,
        -- J is the first calling day from the day of the sign on
        count(distinct case when date_day < attempt_date then date_day end) as day_rank,
        sum(case when ends_at > starts_at then {{ seconds_between('starts_at', 'ends_at') }} else 0 end) as age_seconds
    from windows
    group by delivery_id
)

select
    called.delivery_id,
    coalesce(ages.day_rank, 0) as day_rank,
    cast(coalesce(ages.age_seconds, 0) as bigint) as age_seconds
from called
left join ages on called.delivery_id = ages.delivery_id
