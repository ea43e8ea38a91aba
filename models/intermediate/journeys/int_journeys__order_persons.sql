-- grain: one row per order that counts, with who placed it (order_id)
--
-- Who ordered is the customer; a visitor is named only while their navigation may be linked.
with refused as (
    select distinct orders.order_id
    from {{ ref('int_canonical__orders') }} as orders
    inner join {{ ref('int_identity__refused_visits') }} as refused
        on orders.visitor_id = refused.visitor_id and {{ refused_at('refused', 'orders.ordered_at') }}
    where not {{ linkable_again('refused', 'orders.ordered_at', 'orders.ordered_at') }}
)

select
    orders.order_id,
    orders.customer_id,
    coalesce(customers.person_id, visitors.person_id) as person_id,
    orders.product_id,
    orders.ordered_at,
    -- a status that the seed lacks is the least that an order can be; a test names it
    case when statuses.code is null then 'applied' else statuses.status end as status,
    orders.amount_eur,
    orders.visitor_id is not null and (linkable.visitor_id is null or refused.order_id is not null)
        as is_navigation_hidden
from {{ ref('int_canonical__orders') }} as orders
left join {{ ref('conversion_statuses') }} as statuses
    on statuses.source = 'order' and {{ alias_key('orders.order_status') }} = statuses.code
left join {{ ref('int_identity__members') }} as customers
    on customers.identifier_type = 'customer_id' and orders.customer_id = customers.identifier_value
left join {{ ref('int_identity__linkable_visitors') }} as linkable
    on
        orders.visitor_id = linkable.visitor_id
        and orders.ordered_at >= linkable.linkable_from
        and orders.ordered_at < linkable.linkable_to
left join refused on orders.order_id = refused.order_id
left join {{ ref('int_identity__members') }} as visitors
    on
        visitors.identifier_type = 'visitor_id'
        and case when refused.order_id is null then linkable.visitor_id end = visitors.identifier_value
        and {{ held_at('visitors', 'orders.ordered_at') }}
where statuses.code is null or statuses.status is not null
