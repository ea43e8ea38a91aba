-- grain: one row per two customers of whom a steward should say whether they are one (customer_id_a, customer_id_b)
select
    customer_id_a,
    customer_id_b,
    match_probability,
    agreement,
    verdict
from {{ ref('int_identity__customer_pairs') }}
where
    verdict = 'review'
    and decided_by = 'linkage'
