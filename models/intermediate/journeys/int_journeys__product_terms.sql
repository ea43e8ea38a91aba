-- grain: one row per product that CRM knows, sold or has a line in seeds/product_terms.csv; what was
-- sold without a product counts for `none` (product_id)
with products as (
    select 'none' as product_id
    union distinct
    select product_id
    from {{ ref('int_canonical__products') }}
    union distinct
    select product_id
    from {{ ref('int_canonical__contracts') }}
    where product_id is not null
    union distinct
    select product_id
    from {{ ref('int_canonical__orders') }}
    where product_id is not null
)

select
    products.product_id,
    coalesce(own.attribution_days, usual.attribution_days) as attribution_days,
    coalesce(own.withdrawal_days, usual.withdrawal_days) as withdrawal_days,
    coalesce(own.first_payment_days, usual.first_payment_days) as first_payment_days
from products
left join {{ ref('product_terms') }} as own
    on products.product_id = own.product_id
left join {{ ref('product_terms') }} as usual
    on usual.product_id = '*'
