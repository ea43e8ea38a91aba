-- grain: one row per step from a state of the Markov chain to another (from_state, to_state)
--
-- 0 is the start, -1 a sale, -2 the end without one.
select
    state_before as from_state,
    state as to_state,
    count(*) as path_count
from {{ ref('int_attribution__path_touches') }}
group by state_before, state
union all
select
    state as from_state,
    case when conversion_key is null then -2 else -1 end as to_state,
    count(*) as path_count
from {{ ref('int_attribution__path_touches') }}
where is_last
group by state, case when conversion_key is null then -2 else -1 end
