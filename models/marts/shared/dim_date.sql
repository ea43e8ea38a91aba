-- grain: one row per date_day, from 1999 to the end of the year after the run's
{% set zones = [
    'alsace_moselle', 'guadeloupe', 'martinique', 'guyane', 'la_reunion', 'saint_pierre_et_miquelon',
    'mayotte', 'saint_barthelemy', 'saint_martin', 'wallis_et_futuna', 'polynesie_francaise',
    'nouvelle_caledonie',
] %}
with days as (
    select
        date_day,
        {{ iso_weekday('date_day') }} as day_of_week
    from {{ date_series(
        "date '1999-01-01'",
        add_days("date_trunc('year', cast(" ~ as_of() ~ " as date)) + interval 2 year", -1),
    ) }} as series
),

holidays as (
    select
        date as date_day,
        {% for zone in zones %}
            max(case when zone = '{{ zone }}' then 1 else 0 end) = 1
                as is_public_holiday_{{ zone }},
        {% endfor %}
        max(case when zone = 'metropole' then name end) as holiday_name
    from {{ ref('public_holidays') }}
    group by date
)

select
    days.date_day,
    cast(extract(year from days.date_day) as integer) as year,
    cast(extract(quarter from days.date_day) as integer) as quarter,
    cast(extract(month from days.date_day) as integer) as month,
    cast(date_trunc('month', days.date_day) as date) as month_start_date,
    -- The ISO year is that of the week's Thursday.
    cast(
        extract(year from {{ add_days('days.date_day', '4 - days.day_of_week') }}) as integer
    ) as iso_year,
    cast(extract(week from days.date_day) as integer) as iso_week,
    cast(days.day_of_week as integer) as day_of_week,
    cast(extract(day from days.date_day) as integer) as day_of_month,
    days.day_of_week > 5 as is_weekend,
    holidays.holiday_name is not null as is_public_holiday,
    holidays.holiday_name,
    {% for zone in zones %}
        coalesce(holidays.is_public_holiday_{{ zone }}, false) as is_public_holiday_{{ zone }},
        days.day_of_week <= 5
        and not coalesce(holidays.is_public_holiday_{{ zone }}, false) as is_calling_day_{{ zone }},
    {% endfor %}
    days.day_of_week <= 5 and holidays.holiday_name is null as is_calling_day
from days
left join holidays
    on days.date_day = holidays.date_day
