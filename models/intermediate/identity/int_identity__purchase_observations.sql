-- grain: one row per order or contract that names both a customer and a visitor (method, reference_id, customer_id)
with named as (
    select distinct tracker_session_id
    from {{ ref('int_canonical__contracts') }}
    where tracker_session_id is not null
),

visitors as (
    -- A tracker's session id that two visitors share names neither. Only sessions that a contract
    -- names are looked at: they are few among all events.
    select
        events.tracker_session_id,
        max(events.visitor_id) as visitor_id
    from {{ ref('int_canonical__web_events') }} as events
    inner join named
        on events.tracker_session_id = named.tracker_session_id
    where events.visitor_id is not null
    group by events.tracker_session_id
    having count(distinct events.visitor_id) = 1
),

purchases as (
    select
        'order' as method,
        order_id as reference_id,
        customer_id,
        visitor_id,
        ordered_at as observed_at
    from {{ ref('int_canonical__orders') }}
    where customer_id is not null and visitor_id is not null
    union all
    select
        'contract_session' as method,
        contracts.contract_id as reference_id,
        contracts.customer_id,
        visitors.visitor_id,
        contracts.opened_at as observed_at
    from {{ ref('int_canonical__contracts') }} as contracts
    inner join visitors
        on contracts.tracker_session_id = visitors.tracker_session_id
    -- The one who signed was there; a co-holder or a driver need not have been.
    where contracts.customer_id is not null and contracts.contract_role = 'holder'
)

select
    purchases.method,
    purchases.reference_id,
    purchases.customer_id,
    purchases.visitor_id,
    purchases.observed_at
from purchases
inner join {{ ref('int_identity__linkable_visitors') }} as visitors
    on
        purchases.visitor_id = visitors.visitor_id
        and purchases.observed_at >= visitors.linkable_from
        and purchases.observed_at < visitors.linkable_to
