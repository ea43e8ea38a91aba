-- grain: one row per customer_id, identifier_type, identifier_value
select
    customer_id,
    -- The names of the identity bridge: what is hashed says so.
    case identifier_kind
        when 'email' then 'email_hash'
        when 'phone' then 'phone_hash'
        when 'social_handle' then 'social_handle_hash'
        else identifier_kind
    end as identifier_type,
    identifier_value,
    valid_from,
    valid_to
from {{ ref('stg_crm__identifiers') }}
where identifier_value is not null
