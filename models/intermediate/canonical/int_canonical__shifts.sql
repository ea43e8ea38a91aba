-- grain: one row per adviser_id, starts_at
{{ config(materialized='view') }}

select
    shift_id,
    adviser_id,
    starts_at,
    ends_at
from {{ ref('stg_crm__shifts') }}
