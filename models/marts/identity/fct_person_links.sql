-- grain: one row per person_id_a, person_id_b, link_type
select
    case when one.first_identifier <= other.first_identifier then pairs.person_id_a else pairs.person_id_b end
        as person_id_a,
    case when one.first_identifier <= other.first_identifier then pairs.person_id_b else pairs.person_id_a end
        as person_id_b,
    pairs.link_type,
    cast(pairs.weight as double) as weight,
    pairs.evidence
from {{ ref('int_identity__link_pairs') }} as pairs
inner join {{ ref('int_identity__linked_persons') }} as one
    on pairs.person_id_a = one.person_id
inner join {{ ref('int_identity__linked_persons') }} as other
    on pairs.person_id_b = other.person_id
