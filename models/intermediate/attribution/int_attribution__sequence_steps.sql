-- grain: one row per place in an order of channels (sequence_key, position)
select
    sequences.sequence_key,
    touches.position,
    touches.channel_number,
    touches.position
    > coalesce(sequences.last_non_direct_position, sequences.touch_count) as is_trailing_direct,
    row_number() over (
        partition by sequences.sequence_key, touches.channel_number order by touches.position
    ) = 1 as is_first_of_channel,
    coalesce(
        lag(touches.channel_number) over (
            partition by sequences.sequence_key order by touches.position
        ) = touches.channel_number,
        false
    ) as is_repeat
from {{ ref('int_attribution__sequences') }} as sequences
inner join {{ ref('int_attribution__path_touches') }} as touches
    on sequences.path_key = touches.path_key
