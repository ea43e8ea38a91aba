-- grain: one row per pool and trail of holders that a call met (pool_id, trail)
select
    pool_id,
    trail,
    count(*) as call_count
from {{ ref('int_journeys__call_trails') }}
group by pool_id, trail
