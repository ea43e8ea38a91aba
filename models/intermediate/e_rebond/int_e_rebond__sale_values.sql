-- grain: one row per product of a candidate: what a sale of it brings (product_id)
--
-- The mean margin of a year's sales; where CRM gives no margin, its usual share of the price.
-- A product without sales is worth what a sale of any product is, and that the setting where none is.
with sales as (
    select
        product_id,
        coalesce(margin_eur, revenue_eur * {{ var('default_margin_rate') }}) as value_eur
    from {{ ref('int_journeys__conversions') }}
    where
        status in ('accepted', 'signed')
        and converted_at < {{ as_of() }}
        and converted_at >= {{ add_seconds(as_of(), -365 * 86400) }}
),

of_any as (
    select avg(value_eur) as value_eur
    from sales
),

by_product as (
    select
        product_id,
        avg(value_eur) as value_eur
    from sales
    group by product_id
),

products as (
    select distinct coalesce(product_id, 'none') as product_id
    from {{ ref('int_e_rebond__candidates') }}
)

select
    products.product_id,
    cast(greatest(coalesce(
        by_product.value_eur, of_any.value_eur, {{ var('default_sale_value_eur') }}
    ), 0) as decimal(18, 4)) as value_eur
from products
left join by_product on products.product_id = by_product.product_id
left join of_any on 1 = 1
