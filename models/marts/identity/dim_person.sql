-- grain: one row per person (person_id)
select
    person_id,
    is_customer,
    customer_id,
    customer_id_count,
    first_seen_at,
    last_seen_at,
    identifier_count
from {{ ref('int_identity__persons') }}
