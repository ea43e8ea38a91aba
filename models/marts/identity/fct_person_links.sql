-- grain: one row per person_id_a, person_id_b, link_type
select
    person_id_a,
    person_id_b,
    link_type,
    cast(weight as double) as weight,
    evidence
from {{ ref('int_identity__link_pairs') }}
