-- grain: one row per source_format, review_id
{{ config(materialized='view') }}

select
    'reviews' as source_format,
    review_id,
    platform,
    author_hash,
    rating,
    rating_max,
    has_title or has_text as has_verbatim,
    language,
    product_id,
    created_at,
    updated_at,
    has_reply,
    replied_at,
    customer_id
from {{ ref('stg_social__reviews') }}
