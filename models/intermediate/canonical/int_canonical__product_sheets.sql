-- grain: one row per product_id, place, attribute
{{ config(materialized='view') }}

select
    product_id,
    place,
    attribute,
    attribute_value,
    seen_at
from {{ ref('stg_crm__product_sheets') }}
