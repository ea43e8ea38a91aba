-- grain: one row per order of less than nothing that stands, with the sale that it gives back (order_id)
--
-- No file names that sale: it is one before it of the person and the product, a withdrawn one of the
-- same amount first, whose money went back, else the latest that was at least as much, else the latest.
with refunds as (
    select
        order_id,
        person_id,
        coalesce(product_id, 'none') as product_id,
        ordered_at,
        amount_eur
    from {{ ref('int_journeys__order_persons') }}
    where amount_eur < 0 and status in ('accepted', 'signed') and person_id is not null and ordered_at <= {{ as_of() }}
),

sales as (
    select
        contract_id,
        cast(null as varchar) as order_id,
        person_id,
        coalesce(product_id, 'none') as product_id,
        opened_at as sold_at,
        premium_eur as revenue_eur,
        status
    from {{ ref('int_journeys__signed_contracts') }}
    union all
    select
        contract_id,
        order_id,
        person_id,
        coalesce(product_id, 'none') as product_id,
        ordered_at as sold_at,
        amount_eur as revenue_eur,
        status
    from {{ ref('int_journeys__placed_orders') }}
    where contract_id is null and coalesce(amount_eur, 0) >= 0
)

select
    refunds.order_id,
    refunds.person_id,
    refunds.ordered_at as refunded_at,
    refunds.amount_eur,
    sales.contract_id as sale_contract_id,
    sales.order_id as sale_order_id
from refunds
left join sales
    on
        refunds.person_id = sales.person_id
        and refunds.product_id = sales.product_id
        and refunds.ordered_at >= sales.sold_at
qualify
    row_number() over (
        partition by refunds.order_id
        order by
            case
                when sales.status = 'withdrawn' and sales.revenue_eur = -refunds.amount_eur then 0
                when sales.revenue_eur >= -refunds.amount_eur then 1
                else 2
            end,
            sales.sold_at desc, sales.contract_id asc, sales.order_id asc
    ) = 1
