-- grain: one row per set of channels, with the sum of their removal effects (channel_set)
--
-- Added up as a decimal, which no order of rows changes.
select
    coalitions.channel_set,
    sum(cast(effects.removal_effect as decimal(38, 18))) as effect_sum
from {{ ref('int_attribution__coalitions') }} as coalitions
inner join {{ ref('int_attribution__removal_effects') }} as effects
    on coalitions.channel_set & cast(pow(2, effects.channel_number) as bigint) <> 0
where coalitions.conversions > 0
group by coalitions.channel_set
