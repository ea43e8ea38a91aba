-- grain: one row per queue and half hour in which it takes calls (queue, half_hour_at)
with named as (
    select distinct queue
    from {{ ref('opening_hours') }}
),

rules as (
    select
        queues.queue,
        hours.first_weekday,
        hours.last_weekday,
        hours.opens_at,
        hours.closes_at,
        hours.is_open_on_holidays
    from {{ ref('int_canonical__queues') }} as queues
    left join named
        on queues.queue = named.queue
    inner join {{ ref('opening_hours') }} as hours
        on coalesce(named.queue, '*') = hours.queue
)

select distinct
    rules.queue,
    calendar.half_hour_at
from rules
inner join {{ ref('int_contact_centre__calendar') }} as calendar
    on
        rules.first_weekday <= calendar.day_of_week
        and rules.last_weekday >= calendar.day_of_week
        and rules.opens_at <= calendar.local_time
        and rules.closes_at > calendar.local_time
        and (rules.is_open_on_holidays or not calendar.is_public_holiday)
