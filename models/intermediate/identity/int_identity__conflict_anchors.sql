-- grain: one row per customer of a component that holds more than one (member_id)
with customers as (
    select distinct {{ identifier_node("'customer_id'", 'customer_set_id') }} as member_id
    from {{ ref('int_identity__customer_sets') }}
),

placed as (
    select
        customers.member_id,
        components.component_id,
        count(*) over (partition by components.component_id) as customer_count
    from customers
    inner join {{ ref('int_identity__components') }} as components
        on customers.member_id = components.node_id
)

select
    member_id,
    component_id
from placed
where customer_count > 1
