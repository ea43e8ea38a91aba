-- grain: one row per followed_hash
{{ config(materialized='view') }}

select
    followed_hash,
    is_excluded
from {{ ref('stg_social__followed_accounts') }}
