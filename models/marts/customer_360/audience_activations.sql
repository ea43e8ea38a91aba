-- grain: one row per audience and run that made it available (audience_id, activated_at)
--
-- A log: rows of earlier runs stay, whatever becomes of the audience. Sizes only, no members.
{{ config(
    materialized='incremental', unique_key=['audience_id', 'activated_at'],
    incremental_strategy='delete+insert', full_refresh=false, on_schema_change='append_new_columns'
) }}
select
    audience_id,
    composed_at as activated_at,
    audience_code,
    audience_kind,
    product_id,
    purpose,
    consent_purpose,
    contact_channel,
    owner,
    member_count,
    expires_at
from {{ ref('audiences') }}
where is_exportable
