-- grain: one row per customer_id that is compared with others: in restricted, a view, never copied
--
-- Companies are left out: they are never matched with persons. A number or an address that has been
-- given up may be somebody else's by now, so only what is in force is compared.
{{ config(schema='restricted', materialized='view') }}

with contacts as (
    select distinct
        customer_id,
        identifier_type,
        identifier_value
    from {{ ref('int_canonical__identifiers') }}
    where
        identifier_type in ('email_hash', 'phone_hash', 'login_id')
        and coalesce(valid_to > {{ as_of() }}, true)
),

held as (
    select
        customer_id,
        {{ collect("case when identifier_type = 'email_hash' then identifier_value end") }} as email_hashes,
        {{ collect("case when identifier_type = 'phone_hash' then identifier_value end") }} as phone_hashes,
        {{ collect("case when identifier_type = 'login_id' then identifier_value end") }} as login_ids
    from contacts
    group by customer_id
)

select
    details.customer_id,
    details.first_name,
    details.last_name,
    details.birth_date,
    details.address_line,
    details.postcode,
    details.city,
    held.email_hashes,
    held.phone_hashes,
    held.login_ids
from {{ ref('int_canonical__customer_details') }} as details
left join held
    on details.customer_id = held.customer_id
where details.customer_kind is distinct from 'company'
