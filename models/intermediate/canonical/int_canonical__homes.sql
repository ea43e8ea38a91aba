-- grain: one row per customer_id
{{ config(materialized='view') }}

select
    customer_id,
    home_id
from {{ ref('stg_crm__homes') }}
