-- grain: one row per country, zone and day, with how many calling days came before (country, zone, date_day)
--
-- Numbered calling days make J and J+1 a matter of counting.
with zones as (
    select distinct
        countries.country,
        zones.zone
    from {{ ref('calling_countries') }} as countries
    cross join {{ ref('holiday_zones') }} as zones
),

days as (
    select
        zones.country,
        zones.zone,
        series.date_day,
        weekdays.rule_id is not null
        and (free_days.rule_id is null or holidays.date is null) as is_calling_day
    from zones
    cross join {{ date_series(add_days(as_of(), -50), add_days(as_of(), 50)) }} as series
    left join {{ ref('contact_rules') }} as weekdays
        on
            zones.country = weekdays.country
            and weekdays.rule = 'weekdays'
            and {{ in_force('weekdays', 'series.date_day') }}
            and weekdays.weekdays like '%' || cast({{ iso_weekday('series.date_day') }} as varchar) || '%'
    left join {{ ref('contact_rules') }} as free_days
        on
            zones.country = free_days.country
            and free_days.rule = 'public_holidays'
            and {{ in_force('free_days', 'series.date_day') }}
    left join {{ ref('public_holidays') }} as holidays
        on zones.zone = holidays.zone and series.date_day = holidays.date
    qualify
        row_number() over (
            partition by zones.country, zones.zone, series.date_day
            order by holidays.name nulls last, free_days.rule_id nulls last, weekdays.rule_id nulls last
        ) = 1
)

select
    country,
    zone,
    date_day,
    is_calling_day,
    coalesce(sum(case when is_calling_day then 1 else 0 end) over (
        partition by country, zone order by date_day rows between unbounded preceding and 1 preceding
    ), 0) as days_before
from days
