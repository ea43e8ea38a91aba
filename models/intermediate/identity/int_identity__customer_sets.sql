-- grain: one row per customer_id: the customer that it stands for, whatever the numbers the CRM gave them
with customers as (
    select customer_id
    from {{ ref('int_canonical__customers') }}
    union
    select left_value as customer_id
    from {{ ref('int_identity__observations') }}
    where left_type = 'customer_id'
)

select
    customers.customer_id,
    coalesce(merged.customer_set_id, customers.customer_id) as customer_set_id
from customers
left join {{ ref('int_identity__customer_merges') }} as merged
    on customers.customer_id = merged.customer_id
