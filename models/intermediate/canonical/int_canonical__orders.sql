-- grain: one row per order_id
select
    orders.order_id,
    orders.customer_id,
    orders.visitor_id,
    orders.product_id,
    orders.ordered_at,
    cast(orders.amount / rates.units_per_euro as decimal(18, 4)) as amount_eur,
    orders.order_status
from {{ ref('stg_crm__orders') }} as orders
left join {{ ref('int_canonical__currency_rates') }} as rates
    on
        orders.currency = rates.currency
        and cast(orders.ordered_at as date) >= rates.valid_from
        and cast(orders.ordered_at as date) < rates.valid_to
