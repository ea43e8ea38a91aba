-- grain: one row per queue and half hour in which an inbound call began (queue, half_hour_at)
with calls as (
    select
        queues.queue,
        {{ truncate_half_hour('calls.started_at') }} as half_hour_at,
        calls.outcome,
        calls.wait_seconds,
        calls.talk_seconds,
        calls.hold_seconds,
        calls.wrap_seconds,
        queues.threshold_seconds,
        queues.short_abandon_seconds
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_canonical__queues') }} as queues
        on coalesce(calls.queue, 'none') = queues.queue
    where calls.direction = 'inbound'
)

select
    queue,
    half_hour_at,
    count(*) as offered,
    count(*) filter (where outcome = 'answered') as answered,
    count(*) filter (where outcome = 'abandoned') as abandoned,
    count(*) filter (
        where outcome = 'abandoned' and wait_seconds < short_abandon_seconds
    ) as short_abandoned,
    count(*) filter (
        where outcome = 'answered' and wait_seconds <= threshold_seconds
    ) as answered_within_threshold,
    count(*) filter (
        where outcome = 'abandoned' and wait_seconds <= threshold_seconds
    ) as abandoned_within_threshold,
    cast(coalesce(
        sum(wait_seconds) filter (where outcome = 'answered'), 0
    ) as bigint) as answered_wait_seconds,
    cast(coalesce(
        sum(talk_seconds) filter (where outcome = 'answered'), 0
    ) as bigint) as talk_seconds,
    cast(coalesce(
        sum(hold_seconds) filter (where outcome = 'answered'), 0
    ) as bigint) as hold_seconds,
    cast(coalesce(
        sum(wrap_seconds) filter (where outcome = 'answered'), 0
    ) as bigint) as wrap_seconds
from calls
group by queue, half_hour_at
