-- grain: one row per step from a state of the Markov chain to another (from_state, to_state)
--
-- A state is the last channels of a path, as many as markov_order says: digits to the base of 64,
-- the newest last, 1 for channel 0. 0 is the start, -1 a sale, -2 the end without one.
with states as (
    select
        steps.sequence_key,
        steps.position,
        steps.is_last,
        sequences.conversions,
        sequences.non_conversions,
        steps.channel_number + 1
        {%- for back in range(1, var('markov_order')) %}
            + {{ 64 ** back }} * coalesce(
                lag(steps.channel_number + 1, {{ back }}) over (
                    partition by steps.sequence_key order by steps.position
                ),
                0
            )
        {%- endfor %} as state
    from {{ ref('int_attribution__sequence_steps') }} as steps
    inner join {{ ref('int_attribution__sequences') }} as sequences
        on steps.sequence_key = sequences.sequence_key
),

moves as (
    select
        coalesce(lag(state) over (partition by sequence_key order by position), 0) as from_state,
        state as to_state,
        conversions + non_conversions as path_count
    from states
    union all
    select
        state as from_state,
        -1 as to_state,
        conversions as path_count
    from states
    where is_last
    union all
    select
        state as from_state,
        -2 as to_state,
        non_conversions as path_count
    from states
    where is_last
)

select
    cast(from_state as bigint) as from_state,
    cast(to_state as bigint) as to_state,
    cast(sum(path_count) as bigint) as path_count
from moves
where path_count > 0
group by from_state, to_state
