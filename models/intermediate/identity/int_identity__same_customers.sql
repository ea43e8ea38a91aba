-- grain: one row per two customer_ids that are said to be one customer, or two (customer_id_a, customer_id_b)
--
-- One account is one customer: the CRM gives a login to two numbers when it has made a number twice.
with pairs as (
    select
        customer_id_a,
        customer_id_b,
        verdict,
        case when decided_by = 'steward' then 2 else match_probability end as strength
    from {{ ref('int_identity__customer_pairs') }}
    where verdict in ('same', 'different')
    union all
    select
        lefts.customer_id as customer_id_a,
        rights.customer_id as customer_id_b,
        'same' as verdict,
        1 as strength
    from {{ ref('int_canonical__identifiers') }} as lefts
    inner join {{ ref('int_canonical__identifiers') }} as rights
        on
            lefts.identifier_type = rights.identifier_type
            and lefts.identifier_value = rights.identifier_value
            and lefts.customer_id < rights.customer_id
            and coalesce(lefts.valid_to > rights.valid_from, true)
            and coalesce(lefts.valid_from < rights.valid_to, true)
    where lefts.identifier_type = 'login_id'
)

select
    customer_id_a,
    customer_id_b,
    -- A steward's "different" is obeyed for ever.
    coalesce(min(case when strength = 2 then verdict end), min(verdict)) as verdict,
    max(strength) as strength
from pairs
group by customer_id_a, customer_id_b
