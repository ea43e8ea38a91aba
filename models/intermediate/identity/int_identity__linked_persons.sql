-- grain: one row per person with a link to another (person_id)
--
-- Ids of persons hang on the order in which files came; the first identifier doesn't.
select
    person_id,
    min(
        identifier_type || ':' || identifier_value
        || ':' || cast({{ epoch_us('valid_from') }} as {{ dbt.type_string() }})
    ) as first_identifier
from {{ ref('int_identity__members') }}
where
    person_id in (select pairs.person_id_a from {{ ref('int_identity__link_pairs') }} as pairs)
    or person_id in (select pairs.person_id_b from {{ ref('int_identity__link_pairs') }} as pairs)
group by person_id
