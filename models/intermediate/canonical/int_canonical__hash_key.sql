-- grain: one row once something was hashed: the fingerprint of the key (fingerprint)
{{ config(materialized='view') }}

select fingerprint
from {{ ref('stg_audit__key_fingerprint') }}
