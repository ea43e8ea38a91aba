-- grain: one row per customer_id, with what names the customer: in restricted, a view, never copied
{{ config(schema='restricted', materialized='view') }}

select
    customer_id,
    customer_kind,
    first_name,
    last_name,
    birth_date,
    address_line,
    postcode,
    city
from {{ ref('stg_crm__customer_details') }}
