-- grain: one row per tribe_type, person_id_a, person_id_b: the links among which tribes are looked for
{{ config(materialized='view') }}

select
    link_type as tribe_type,
    person_id_a,
    person_id_b,
    weight
from {{ ref('int_identity__link_pairs') }}
union all
-- links of several types add up as their evidence does
select
    'combined' as tribe_type,
    person_id_a,
    person_id_b,
    round(1 - exp(-sum(cast(round(-ln(1 - least(weight, 0.999999)) * 1000000000) as bigint)) / 1000000000.0), 6)
        as weight
from {{ ref('int_identity__link_pairs') }}
group by person_id_a, person_id_b
