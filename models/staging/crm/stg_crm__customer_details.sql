-- grain: one row per customer_id, with what names the customer: in restricted, a view, never copied
{{ config(schema='restricted') }}

select
    customer_id,
    kind as customer_kind,
    first_name,
    last_name,
    birth_date,
    address_line,
    postcode,
    city
from {{ current_rows(source('crm', 'customers'), key=['customer_id']) }} as current_state
