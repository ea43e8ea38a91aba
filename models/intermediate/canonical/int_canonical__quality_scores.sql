-- grain: one row per source_call_id, criterion
{{ config(materialized='view') }}

select
    source_call_id,
    criterion,
    score,
    scored_at,
    scored_by
from {{ ref('stg_crm__quality_scores') }}
