-- grain: one row per customer_id, identifier_type, identifier_value
select
    customer_id,
    {{ identifier_type('identifier_kind') }} as identifier_type,
    identifier_value,
    valid_from,
    valid_to
from {{ ref('stg_crm__identifiers') }}
where identifier_value is not null
