-- grain: one row per product_id, related_product_id
{{ config(materialized='view') }}

select
    product_id,
    related_product_id,
    has_reviewer,
    reviewed_at
from {{ ref('stg_crm__product_relations') }}
