-- grain: one row per sale: a contract, an order that is no contract's payment, or a sale on the
-- phone whose contract CRM doesn't list yet (conversion_id)
{%- set kept_rate %}
    -- what a year's price is worth when the contract ended within the year
    case
        when contracts.status = 'withdrawn' then 0
        when contracts.closed_at is null then 1
        else least(1.0, greatest(0.0,
            {{ seconds_between('contracts.opened_at', 'contracts.closed_at') }} / (365 * 86400.0)))
    end
{%- endset %}
with payments as (
    select
        contract_id,
        order_id,
        is_navigation_hidden
    from {{ ref('int_journeys__placed_orders') }}
    where is_payment
),

given_back as (
    select
        {{ hash_key(["case when sale_contract_id is null then 'order' else 'contract' end",
            'coalesce(sale_contract_id, sale_order_id)']) }} as conversion_id,
        cast(sum(amount_eur) as decimal(18, 4)) as amount_eur
    from {{ ref('int_journeys__refunds') }}
    where sale_contract_id is not null or sale_order_id is not null
    group by sale_contract_id, sale_order_id
),

-- A tracker's session id that two visitors share names neither.
contract_sessions as (
    select
        entries.tracker_session_id,
        case
            when count(distinct entries.visitor_id) = 1 and count(*) = count(linkable.session_id)
                then min(linkable.session_id)
        end as session_id
    from {{ ref('int_journeys__signed_contracts') }} as contracts
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on contracts.tracker_session_id = entries.tracker_session_id
    left join {{ ref('int_journeys__session_persons') }} as linkable
        on entries.session_key = linkable.session_key
    group by entries.tracker_session_id
),

phone_sales as (
    select
        outcomes.contract_id,
        outcomes.attempted_at,
        statuses.status,
        leads.person_id,
        leads.product_id
    from {{ ref('int_canonical__lead_outcomes') }} as outcomes
    inner join {{ ref('conversion_statuses') }} as statuses
        on statuses.source = 'lead' and {{ alias_key('outcomes.result') }} = statuses.code
    left join {{ ref('int_canonical__lead_deliveries') }} as leads
        on outcomes.target_id = leads.target_id
    left join {{ ref('int_journeys__signed_contracts') }} as contracts
        on outcomes.contract_id = contracts.contract_id
    where outcomes.contract_id is not null and contracts.contract_id is null
    qualify
        row_number() over (
            partition by outcomes.contract_id order by outcomes.attempted_at, outcomes.target_id, leads.delivery_id
        ) = 1
)

select
    {{ hash_key(["'contract'", 'contracts.contract_id']) }} as conversion_id,
    contracts.person_id,
    contracts.customer_id,
    contracts.contract_id,
    payments.order_id,
    contracts.product_id,
    contracts.opened_at as converted_at,
    contracts.status,
    contracts.closed_at as cancelled_at,
    contracts.premium_eur as revenue_eur,
    cast(contracts.premium_eur * ({{ kept_rate }}) as decimal(18, 4))
    + case when contracts.status = 'withdrawn' then 0 else coalesce(given_back.amount_eur, 0) end as net_revenue_eur,
    cast(contracts.margin_eur * ({{ kept_rate }}) as decimal(18, 4)) as margin_eur,
    contracts.initiated_channel as declared_initiated_channel,
    contracts.handled_channel as declared_handled_channel,
    contracts.finalised_channel as declared_finalised_channel,
    calls.call_id,
    contract_sessions.session_id,
    contract_sessions.session_id is null
    and (contract_sessions.tracker_session_id is not null or coalesce(payments.is_navigation_hidden, false))
        as is_navigation_hidden
from {{ ref('int_journeys__signed_contracts') }} as contracts
left join payments on contracts.contract_id = payments.contract_id
left join contract_sessions on contracts.tracker_session_id = contract_sessions.tracker_session_id
left join {{ ref('int_canonical__call_references') }} as calls
    on contracts.source_call_id = calls.source_id
left join given_back
    on {{ hash_key(["'contract'", 'contracts.contract_id']) }} = given_back.conversion_id
union all
select
    {{ hash_key(["'order'", 'orders.order_id']) }} as conversion_id,
    orders.person_id,
    orders.customer_id,
    cast(null as varchar) as contract_id,
    orders.order_id,
    orders.product_id,
    orders.ordered_at as converted_at,
    orders.status,
    cast(null as timestamp) as cancelled_at,
    orders.amount_eur as revenue_eur,
    case
        when orders.status = 'withdrawn' then 0
        else orders.amount_eur + coalesce(given_back.amount_eur, 0)
    end as net_revenue_eur,
    cast(null as decimal(18, 4)) as margin_eur,
    cast(null as varchar) as declared_initiated_channel,
    cast(null as varchar) as declared_handled_channel,
    cast(null as varchar) as declared_finalised_channel,
    cast(null as varchar) as call_id,
    cast(null as varchar) as session_id,
    orders.is_navigation_hidden
from {{ ref('int_journeys__placed_orders') }} as orders
left join given_back
    on {{ hash_key(["'order'", 'orders.order_id']) }} = given_back.conversion_id
-- an order of less than nothing gives back, and sells nothing
where orders.contract_id is null and coalesce(orders.amount_eur, 0) >= 0
union all
select
    {{ hash_key(["'contract'", 'phone_sales.contract_id']) }} as conversion_id,
    phone_sales.person_id,
    cast(null as varchar) as customer_id,
    phone_sales.contract_id,
    cast(null as varchar) as order_id,
    phone_sales.product_id,
    phone_sales.attempted_at as converted_at,
    phone_sales.status,
    cast(null as timestamp) as cancelled_at,
    cast(null as decimal(18, 4)) as revenue_eur,
    cast(null as decimal(18, 4)) as net_revenue_eur,
    cast(null as decimal(18, 4)) as margin_eur,
    cast(null as varchar) as declared_initiated_channel,
    'phone' as declared_handled_channel,
    'phone' as declared_finalised_channel,
    cast(null as varchar) as call_id,
    cast(null as varchar) as session_id,
    false as is_navigation_hidden
from phone_sales
