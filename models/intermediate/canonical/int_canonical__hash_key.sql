-- grain: one row per key (fingerprint): one, once something was hashed
{{ config(materialized='view') }}

select fingerprint
from {{ ref('stg_audit__key_fingerprint') }}
