-- grain: one row per product and way of buying, and one per product for all ways (product_id, conversion_mode)
with sales as (
    select
        product_id,
        conversion_mode,
        days
    from {{ ref('int_journeys__conversion_modes') }}
    union all
    select
        product_id,
        'all' as conversion_mode,
        days
    from {{ ref('int_journeys__conversion_modes') }}
)

select
    product_id,
    conversion_mode,
    count(*) as conversions,
    cast(count(*) as double)
    / sum(case when conversion_mode <> 'all' then count(*) end) over (partition by product_id) as conversion_share,
    percentile_cont(0.25) within group (order by days) as days_p25,
    percentile_cont(0.5) within group (order by days) as days_median,
    percentile_cont(0.75) within group (order by days) as days_p75,
    percentile_cont(0.9) within group (order by days) as days_p90
from sales
group by product_id, conversion_mode
