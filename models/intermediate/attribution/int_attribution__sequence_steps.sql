-- grain: one row per place in an order of channels (sequence_key, position)
select
    sequences.sequence_key,
    touches.position,
    touches.channel_number,
    row_number() over (
        partition by sequences.sequence_key, touches.channel_number order by touches.position
    ) = 1 as is_first_of_channel,
    touches.channel_number is not distinct from lag(touches.channel_number) over (
        partition by sequences.sequence_key order by touches.position
    ) as is_repeat,
    sequences.touch_count = touches.position as is_last,
    touches.position > coalesce(sequences.last_non_direct_position, sequences.touch_count) as is_trailing_direct
from {{ ref('int_attribution__sequences') }} as sequences
inner join {{ ref('int_attribution__path_touches') }} as touches
    on sequences.path_key = touches.path_key
