-- grain: one row per order that counts, with the contract to which it belongs (order_id)
--
-- A contract has one payment at most; whoever orders the same product again buys again. An order given
-- up near a contract was an attempt to pay it, and no purchase of its own.
with given_up as (
    select
        orders.order_id,
        contracts.contract_id,
        abs({{ seconds_between('contracts.opened_at', 'orders.ordered_at') }}) as distance_seconds
    from {{ ref('int_journeys__order_persons') }} as orders
    inner join {{ ref('int_journeys__product_terms') }} as terms
        on coalesce(orders.product_id, 'none') = terms.product_id
    inner join {{ ref('int_journeys__signed_contracts') }} as contracts
        on
            orders.person_id = contracts.person_id
            and orders.product_id = contracts.product_id
            and abs({{ seconds_between('contracts.opened_at', 'orders.ordered_at') }})
            <= 86400 * terms.first_payment_days
    where orders.status = 'withdrawn' and coalesce(orders.amount_eur, 0) >= 0
    qualify
        row_number() over (partition by orders.order_id order by distance_seconds, contracts.contract_id) = 1
),

-- Where nothing else paid the contract, what was given up is all that is known of its payment.
belonging as (
    select
        order_id,
        contract_id,
        true as is_payment
    from {{ ref('int_journeys__contract_payments') }}
    union all
    select
        given_up.order_id,
        given_up.contract_id,
        payments.contract_id is null
        and row_number() over (
            partition by given_up.contract_id order by given_up.distance_seconds, given_up.order_id
        ) = 1 as is_payment
    from given_up
    left join {{ ref('int_journeys__contract_payments') }} as payments
        on given_up.contract_id = payments.contract_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.person_id,
    orders.product_id,
    orders.ordered_at,
    orders.status,
    orders.amount_eur,
    orders.is_navigation_hidden,
    belonging.contract_id,
    coalesce(belonging.is_payment, false) as is_payment
from {{ ref('int_journeys__order_persons') }} as orders
left join belonging
    on orders.order_id = belonging.order_id
