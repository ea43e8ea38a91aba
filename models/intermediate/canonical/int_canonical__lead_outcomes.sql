-- grain: one row per target_id, attempted_at
{{ config(materialized='view') }}

select
    target_id,
    attempted_at,
    result,
    contract_id,
    adviser_id
from {{ ref('stg_crm__lead_outcomes') }}
