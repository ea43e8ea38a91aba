-- grain: one row per touch of a sale's path, with its credit by each model (conversion_key, touch_key)
--
-- Every model's credits of a sale sum to one. What a model gives to a channel is shared equally among
-- the channel's touches of the path.
select
    touches.conversion_key,
    touches.touch_key,
    cast(touches.position = 1 as double) as first_credit,
    cast(touches.position = paths.touch_count as double) as last_credit,
    -- direct counts only where nothing else was there
    cast(
        touches.position = coalesce(paths.last_non_direct_position, paths.touch_count) as double
    ) as last_non_direct_credit,
    1.0 / paths.touch_count as linear_credit,
    case
        when paths.touch_count = 1 then cast(1 as double)
        when paths.touch_count = 2 then 0.5
        when touches.position in (1, paths.touch_count) then 0.4
        else 0.2 / (paths.touch_count - 2)
    end as position_based_credit,
    {{ decay_weight('touches.age_us') }} / cast(paths.decay_sum as double) as time_decay_credit,
    effects.removal_effect / cast(sets.effect_sum as double) / touches.channel_touch_count as markov_credit,
    1.0 / bit_count(paths.channel_set) / touches.channel_touch_count as shapley_credit
from {{ ref('int_attribution__path_touches') }} as touches
inner join {{ ref('int_attribution__paths') }} as paths
    on touches.path_key = paths.path_key
inner join {{ ref('int_attribution__removal_effects') }} as effects
    on touches.channel_number = effects.channel_number
inner join {{ ref('int_attribution__markov_sets') }} as sets
    on paths.channel_set = sets.channel_set
where touches.conversion_key is not null and paths.conversion_key is not null
