-- grain: one row per customer_id whose surname and address are known, with the least customer_id of the same
--
-- Names and addresses are compared here and stay here: what goes on is that two customers share them.
with written as (
    select
        customer_id,
        {{ regexp_replace_all(
            "translate(lower(last_name), 'àâäçéèêëîïôöùûüÿ', 'aaaceeeeiioouuuy')", "'[^a-z]+'", "''"
        ) }} as surname,
        {{ regexp_replace_all(
            "translate(lower(address_line), 'àâäçéèêëîïôöùûüÿ', 'aaaceeeeiioouuuy')", "'[^a-z0-9]+'", "''"
        ) }} as address,
        {{ regexp_replace_all("lower(postcode)", "'[^a-z0-9]+'", "''") }} as postal_area
    from {{ current_rows(source('crm', 'customers'), key=['customer_id']) }} as current_state
    where kind is distinct from 'company'
)

select
    customer_id,
    min(customer_id) over (partition by surname, address, postal_area) as home_id
from written
where surname <> '' and address <> '' and postal_area <> ''
