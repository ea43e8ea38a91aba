-- grain: one row per customer_id
select
    customer_id,
    customer_kind,
    birth_year,
    department_code,
    country,
    segment,
    adviser_id,
    household_id,
    created_at
from {{ ref('stg_crm__customers') }}
