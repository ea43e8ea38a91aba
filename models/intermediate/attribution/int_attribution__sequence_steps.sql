-- grain: one row per place in an order of channels (sequence_key, position)
--
-- The state of the Markov chain at a place is the last channels of the path, as many as markov_order
-- says: digits to the base of 64, the newest last, 1 for channel 0. The start is 0.
with steps as (
    select
        sequences.sequence_key,
        touches.position,
        touches.channel_number,
        sequences.touch_count = touches.position as is_last,
        touches.position
        > coalesce(sequences.last_non_direct_position, sequences.touch_count) as is_trailing_direct,
        row_number() over (
            partition by sequences.sequence_key, touches.channel_number order by touches.position
        ) = 1 as is_first_of_channel,
        touches.channel_number + 1
        {%- for back in range(1, var('markov_order')) %}
            + {{ 64 ** back }} * coalesce(
                lag(touches.channel_number + 1, {{ back }}) over (
                    partition by sequences.sequence_key order by touches.position
                ),
                0
            )
        {%- endfor %} as state
    from {{ ref('int_attribution__sequences') }} as sequences
    inner join {{ ref('int_attribution__path_touches') }} as touches
        on sequences.path_key = touches.path_key
)

select
    sequence_key,
    position,
    channel_number,
    is_last,
    is_trailing_direct,
    is_first_of_channel,
    coalesce(
        lag(channel_number) over (partition by sequence_key order by position) = channel_number, false
    ) as is_repeat,
    cast(state as bigint) as state,
    cast(coalesce(lag(state) over (partition by sequence_key order by position), 0) as bigint) as state_before
from steps
