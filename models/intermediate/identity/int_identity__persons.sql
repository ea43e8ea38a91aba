-- grain: one row per person (person_id)
with customers as (
    select
        members.person_id,
        members.identifier_value as customer_id,
        customers.created_at
    from {{ ref('int_identity__members') }} as members
    left join {{ ref('int_canonical__customers') }} as customers
        on members.identifier_value = customers.customer_id
    where members.identifier_type = 'customer_id'
),

oldest as (
    select
        person_id,
        customer_id
    from customers
    qualify
        row_number() over (
            partition by person_id
            order by created_at asc nulls last, customer_id asc
        ) = 1
),

totals as (
    select
        person_id,
        count(distinct case when identifier_type = 'customer_id' then identifier_value end) as customer_id_count,
        min(case when first_seen_at > timestamp '1970-01-01 00:00:00' then first_seen_at end) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(distinct identifier_type || ':' || identifier_value) as identifier_count
    from {{ ref('int_identity__members') }}
    group by person_id
)

select
    totals.person_id,
    totals.customer_id_count > 0 as is_customer,
    oldest.customer_id,
    totals.customer_id_count,
    totals.first_seen_at,
    totals.last_seen_at,
    totals.identifier_count
from totals
left join oldest
    on totals.person_id = oldest.person_id
