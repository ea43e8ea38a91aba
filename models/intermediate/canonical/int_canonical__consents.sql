-- grain: one row per consent_id
select
    consent_id,
    subject_kind,
    subject_key,
    purpose,
    status,
    effective_at,
    expires_at,
    proof_ref,
    source
from {{ ref('stg_crm__consents') }}
