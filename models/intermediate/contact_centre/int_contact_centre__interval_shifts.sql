-- grain: one row per queue and half hour in which an adviser with its skill was logged in
-- (queue, half_hour_at)
--
-- An adviser with the skills of two queues is available to both: the seconds of several queues
-- don't add up to the seconds that advisers worked.
select
    queues.queue,
    advised.half_hour_at,
    cast(floor(sum(advised.available_us) / 1000000.0) as bigint) as available_seconds,
    count(*) as adviser_count
from {{ ref('int_canonical__adviser_half_hours') }} as advised
inner join {{ ref('int_canonical__advisers') }} as advisers
    on advised.adviser_id = advisers.adviser_id
inner join {{ ref('int_canonical__queues') }} as queues
    on {{ has_token('advisers.skills', 'queues.skill') }}
group by queues.queue, advised.half_hour_at
