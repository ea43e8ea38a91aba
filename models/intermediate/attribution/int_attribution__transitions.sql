-- grain: one row per step from a state of the Markov chain to another (from_state, to_state)
--
-- 0 is the start, -1 a sale, -2 the end without one.
with counted as (
    select
        steps.state_before,
        steps.state,
        steps.is_last,
        sequences.conversions,
        sequences.non_conversions
    from {{ ref('int_attribution__sequence_steps') }} as steps
    inner join {{ ref('int_attribution__sequences') }} as sequences
        on steps.sequence_key = sequences.sequence_key
),

moves as (
    select
        state_before as from_state,
        state as to_state,
        conversions + non_conversions as path_count
    from counted
    union all
    select
        state as from_state,
        -1 as to_state,
        conversions as path_count
    from counted
    where is_last
    union all
    select
        state as from_state,
        -2 as to_state,
        non_conversions as path_count
    from counted
    where is_last
)

select
    from_state,
    to_state,
    cast(sum(path_count) as bigint) as path_count
from moves
where path_count > 0
group by from_state, to_state
