-- grain: one row per identifier and period in which it was one person's (identifier_type, identifier_value, valid_from)
select
    identifier_type,
    identifier_value,
    valid_from,
    valid_to,
    person_id,
    link_method,
    confidence
from {{ ref('int_identity__members') }}
