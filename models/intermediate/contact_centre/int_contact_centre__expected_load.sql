-- grain: one row per queue and half hour to come in which it is open (queue, half_hour_at)
with planned as (
    select max(ends_at) as last_ends_at
    from {{ ref('int_canonical__shifts') }}
)

select
    hours.queue,
    hours.half_hour_at,
    forecasts.expected_count as expected_calls,
    handling.handling_seconds,
    handling.impatience_per_second,
    handling.threshold_seconds,
    handling.target_rate,
    -- beyond the last shift that was delivered nobody knows who will be there
    case
        when hours.half_hour_at < planned.last_ends_at
            then coalesce(cast(shifts.available_seconds as double) / 1800, 0)
    end as planned_agents
from {{ ref('int_contact_centre__opening_hours') }} as hours
inner join {{ ref('int_contact_centre__calendar') }} as calendar
    on hours.half_hour_at = calendar.half_hour_at
inner join {{ ref('int_contact_centre__forecasts') }} as forecasts
    on
        forecasts.measure = 'calls'
        and hours.queue = forecasts.series
        and calendar.slot = forecasts.slot
inner join {{ ref('int_contact_centre__queue_handling') }} as handling
    on hours.queue = handling.queue
left join {{ ref('int_contact_centre__interval_shifts') }} as shifts
    on hours.queue = shifts.queue and hours.half_hour_at = shifts.half_hour_at
cross join planned
-- shorter than a second: nothing was measured
where handling.handling_seconds >= 1
