-- grain: one row per set of channels that a path had (channel_set)
select
    channel_set,
    count(conversion_key) as conversions,
    count(*) - count(conversion_key) as non_conversions
from {{ ref('int_attribution__paths') }}
group by channel_set
