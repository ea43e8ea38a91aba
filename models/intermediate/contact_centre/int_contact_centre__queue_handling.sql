-- grain: one row per queue: how long its calls take, and how fast its callers lose patience (queue)
--
-- Measured on the inbound calls of the last days. Where a queue has too few, those of all queues
-- count; the rate of giving up is abandonments over all time waited (Erlang A's patience). Where nobody
-- gave up yet, patience isn't endless: that of all queues counts.
with calls as (
    select
        queues.queue,
        calls.outcome,
        coalesce(calls.wait_seconds, 0) as wait_seconds,
        coalesce(calls.talk_seconds, 0) + coalesce(calls.hold_seconds, 0) + coalesce(calls.wrap_seconds, 0)
            as handled_seconds
    from {{ ref('int_canonical__calls') }} as calls
    inner join {{ ref('int_canonical__queues') }} as queues
        on coalesce(calls.queue, 'none') = queues.queue
    where
        calls.direction = 'inbound'
        and calls.outcome in ('answered', 'abandoned')
        and calls.started_at < {{ as_of() }}
        and calls.started_at >= {{ add_seconds(as_of(), -86400 * var('queue_days')) }}
),

totals as (
    select
        queue,
        count(case when outcome = 'answered' then 1 end) as answered_count,
        count(case when outcome = 'abandoned' then 1 end) as abandoned_count,
        coalesce(sum(case when outcome = 'answered' then handled_seconds end), 0) as handled_seconds,
        coalesce(sum(wait_seconds), 0) as waited_seconds
    from calls
    group by queue
),

everywhere as (
    select
        sum(answered_count) as answered_count,
        sum(abandoned_count) as abandoned_count,
        sum(handled_seconds) as handled_seconds,
        sum(waited_seconds) as waited_seconds
    from totals
)

select
    queues.queue,
    queues.skill,
    queues.threshold_seconds,
    queues.target_rate,
    coalesce(totals.answered_count, 0) as answered_count,
    coalesce(totals.abandoned_count, 0) as abandoned_count,
    case
        when totals.answered_count >= {{ var('queue_minimum_calls') }}
            then cast(totals.handled_seconds as double) / totals.answered_count
        else cast(everywhere.handled_seconds as double) / nullif(everywhere.answered_count, 0)
    end as handling_seconds,
    case
        when
            totals.answered_count + totals.abandoned_count >= {{ var('queue_minimum_calls') }}
            and totals.abandoned_count > 0
            and totals.waited_seconds > 0
            then cast(totals.abandoned_count as double) / totals.waited_seconds
        else coalesce(cast(everywhere.abandoned_count as double) / nullif(everywhere.waited_seconds, 0), 0)
    end as impatience_per_second
from {{ ref('int_canonical__queues') }} as queues
left join totals
    on queues.queue = totals.queue
cross join everywhere
