-- grain: one row per customer_id_a, customer_id_b: the last decision on a pair, whatever its order
with pairs as (
    select
        least(left_customer_id, right_customer_id) as customer_id_a,
        greatest(left_customer_id, right_customer_id) as customer_id_b,
        decision,
        decided_at,
        row_id
    from {{ ref('stg_crm__identity_decisions') }}
    where left_customer_id <> right_customer_id
)

select
    customer_id_a,
    customer_id_b,
    decision,
    decided_at
from pairs
-- On a tie "different" wins: keeping two people apart is the error that can be undone.
qualify
    row_number() over (
        partition by customer_id_a, customer_id_b
        order by decided_at desc, decision asc, row_id asc
    ) = 1
