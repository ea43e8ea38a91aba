-- grain: one row per identifier, who claims it, and how long or when (node_id, anchor, starts_at, ends_at)
--
-- Who claims is a customer, or a login that the CRM doesn't know. Only claims of somebody who was
-- recognised count: an address typed into a form is nobody's claim on a device. Who refused that
-- navigation be linked has claims too, or their visits would be whoever's shares the device.
with logins as (
    select
        right_node as login_node,
        max(customer_set_id) as customer_set_id
    from {{ ref('int_identity__all_signs') }}
    where method = 'crm_identifier' and right_type = 'login_id'
    group by right_node
    having count(distinct customer_set_id) = 1
)

-- What the CRM declares: from, to.
select
    right_node as node_id,
    right_type as identifier_type,
    right_value as identifier_value,
    'customer:' || customer_set_id as anchor,
    true as is_declared,
    false as is_login,
    first_seen_at as starts_at,
    last_seen_at as ends_at
from {{ ref('int_identity__all_signs') }}
where method = 'crm_identifier' and right_type <> 'visitor_id'
union
-- Devices: when somebody was logged in, bought or was named.
select
    signs.left_node as node_id,
    signs.left_type as identifier_type,
    signs.left_value as identifier_value,
    coalesce('customer:' || logins.customer_set_id, 'login:' || signs.right_value) as anchor,
    false as is_declared,
    true as is_login,
    signs.first_seen_at as starts_at,
    signs.last_seen_at as ends_at
from {{ ref('int_identity__all_signs') }} as signs
left join logins
    on signs.right_node = logins.login_node
where signs.method = 'web_login'
union
select
    right_node as node_id,
    right_type as identifier_type,
    right_value as identifier_value,
    'customer:' || customer_set_id as anchor,
    false as is_declared,
    false as is_login,
    first_seen_at as starts_at,
    coalesce(last_seen_at, first_seen_at) as ends_at
from {{ ref('int_identity__all_signs') }}
where right_type = 'visitor_id' and customer_set_id is not null and method <> 'crm_identifier'
