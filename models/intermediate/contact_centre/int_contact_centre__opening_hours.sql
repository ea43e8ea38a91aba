-- grain: one row per queue and half hour in which it takes calls (queue, half_hour_at)
with rules as (
    select
        queues.queue,
        hours.first_weekday,
        hours.last_weekday,
        hours.opens_at,
        hours.closes_at,
        hours.is_open_on_holidays
    from {{ ref('int_canonical__queues') }} as queues
    left join (select distinct queue from {{ ref('opening_hours') }}) as own
        on queues.queue = own.queue
    inner join {{ ref('opening_hours') }} as hours
        on coalesce(own.queue, '*') = hours.queue
)

select distinct
    rules.queue,
    calendar.half_hour_at
from rules
inner join {{ ref('int_contact_centre__calendar') }} as calendar
    on
        calendar.day_of_week >= rules.first_weekday
        and calendar.day_of_week <= rules.last_weekday
        and calendar.local_time >= rules.opens_at
        and calendar.local_time < rules.closes_at
        and (rules.is_open_on_holidays or not calendar.is_public_holiday)
