-- grain: one row per order of channels that a path had (sequence_key)
with sales as (
    select
        {{ key_bits('conversion_id') }} as conversion_key,
        revenue_eur
    from {{ ref('int_journeys__conversions') }}
)

select
    paths.sequence_key,
    -- one path stands for all that look alike
    min(paths.path_key) as path_key,
    max(paths.touch_count) as touch_count,
    max(paths.last_non_direct_position) as last_non_direct_position,
    count(paths.conversion_key) as conversions,
    count(*) - count(paths.conversion_key) as non_conversions,
    sum(sales.revenue_eur) as revenue_eur
from {{ ref('int_attribution__paths') }} as paths
left join sales on paths.conversion_key = sales.conversion_key
group by paths.sequence_key
