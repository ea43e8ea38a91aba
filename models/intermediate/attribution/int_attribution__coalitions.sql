-- grain: one row per set of channels that a path had (channel_set)
select
    channel_set,
    cast(sum(conversions) as bigint) as conversions,
    cast(sum(non_conversions) as bigint) as non_conversions
from {{ ref('int_attribution__sequences') }}
group by channel_set
