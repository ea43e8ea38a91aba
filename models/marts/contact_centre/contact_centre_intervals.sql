-- grain: one row per queue and half hour with a call or an adviser (queue, half_hour_at)
select
    coalesce(calls.queue, shifts.queue) as queue,
    coalesce(calls.half_hour_at, shifts.half_hour_at) as half_hour_at,
    coalesce(calls.offered, 0) as offered,
    coalesce(calls.answered, 0) as answered,
    coalesce(calls.abandoned, 0) as abandoned,
    coalesce(calls.short_abandoned, 0) as short_abandoned,
    coalesce(calls.answered_within_threshold, 0) as answered_within_threshold,
    coalesce(calls.abandoned_within_threshold, 0) as abandoned_within_threshold,
    coalesce(calls.answered_wait_seconds, 0) as answered_wait_seconds,
    coalesce(calls.talk_seconds, 0) as talk_seconds,
    coalesce(calls.hold_seconds, 0) as hold_seconds,
    coalesce(calls.wrap_seconds, 0) as wrap_seconds,
    coalesce(shifts.available_seconds, 0) as available_seconds,
    coalesce(shifts.adviser_count, 0) as adviser_count
from {{ ref('int_contact_centre__interval_calls') }} as calls
full outer join {{ ref('int_contact_centre__interval_shifts') }} as shifts
    on
        calls.queue = shifts.queue
        and calls.half_hour_at = shifts.half_hour_at
