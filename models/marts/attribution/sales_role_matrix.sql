-- grain: one row per source of the roles, product, month and channels in the three roles of a sale
-- (role_source, product_id, month, initiated_channel, handled_channel, finalised_channel)
with roles as (
    select
        'journeys' as role_source,
        product_id,
        converted_at,
        initiated_channel,
        handled_channel,
        finalised_channel,
        revenue_eur,
        net_revenue_eur
    from {{ ref('fct_conversions') }}
    where status <> 'withdrawn'
    union all
    select
        'crm' as role_source,
        product_id,
        converted_at,
        declared_initiated_channel as initiated_channel,
        declared_handled_channel as handled_channel,
        declared_finalised_channel as finalised_channel,
        revenue_eur,
        net_revenue_eur
    from {{ ref('fct_conversions') }}
    where status <> 'withdrawn'
)

select
    role_source,
    coalesce(product_id, 'none') as product_id,
    cast(date_trunc('month', converted_at) as date) as month,
    coalesce(initiated_channel, 'unknown') as initiated_channel,
    coalesce(handled_channel, 'unknown') as handled_channel,
    coalesce(finalised_channel, 'unknown') as finalised_channel,
    count(*) as conversion_count,
    cast(coalesce(sum(revenue_eur), 0) as decimal(18, 4)) as revenue_eur,
    cast(coalesce(sum(net_revenue_eur), 0) as decimal(18, 4)) as net_revenue_eur
from roles
group by 1, 2, 3, 4, 5, 6
