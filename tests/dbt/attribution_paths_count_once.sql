-- Each transform tells of all paths and of all their sales and revenue.
with expected as (
    select
        count(conversion_key) as conversions,
        count(*) - count(conversion_key) as non_conversions
    from {{ ref('int_attribution__paths') }}
),

shown as (
    select
        path_transform,
        sum(conversions) as conversions,
        sum(non_conversions) as non_conversions,
        sum(revenue_eur) as revenue_eur,
        min(sum(revenue_eur)) over () as least_revenue_eur
    from {{ ref('attribution_paths') }}
    group by path_transform
)

select
    shown.path_transform,
    shown.conversions,
    shown.non_conversions,
    shown.revenue_eur
from shown
cross join expected
where
    shown.conversions <> expected.conversions
    or shown.non_conversions <> expected.non_conversions
    or shown.revenue_eur <> shown.least_revenue_eur
