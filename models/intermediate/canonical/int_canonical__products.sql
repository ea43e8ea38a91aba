-- grain: one row per product_id
{{ config(materialized='view') }}

select
    product_id,
    product_name,
    product_family,
    is_insurance
from {{ ref('stg_crm__products') }}
