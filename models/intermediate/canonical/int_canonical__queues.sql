-- grain: one row per queue that took a call or has a line in seeds/service_levels.csv; calls
-- without a queue count for queue `none` (queue)
with queues as (
    select distinct coalesce(queue, 'none') as queue
    from {{ ref('int_canonical__calls') }}
    union distinct
    select queue
    from {{ ref('service_levels') }}
    where queue != '*'
)

select
    queues.queue,
    -- without a line of its own, a queue is served by the skill of its name
    coalesce(own.skill, queues.queue) as skill,
    own.language,
    coalesce(own.threshold_seconds, defaults.threshold_seconds) as threshold_seconds,
    coalesce(own.short_abandon_seconds, defaults.short_abandon_seconds) as short_abandon_seconds,
    coalesce(own.target_rate, defaults.target_rate) as target_rate
from queues
left join {{ ref('service_levels') }} as own
    on queues.queue = own.queue
left join {{ ref('service_levels') }} as defaults
    on defaults.queue = '*'
