-- grain: one row per consent_id
select
    current_state.consent_id,
    current_state.subject_kind,
    {{ subject_key('current_state.subject') }} as subject_key,
    current_state.subject_status,
    current_state.purpose,
    current_state.status,
    current_state.at as effective_at,
    current_state.expires_at,
    {{ masked_text('current_state.proof_ref') }} as proof_ref,
    {{ safe_text('current_state.source') }} as source,
    current_state._exported_at as exported_at,
    current_state._file_id || ':' || current_state._line as row_id
from {{ current_rows(
    source('crm', 'consents'),
    key=['consent_id'],
    content=['copies.at desc'],
) }} as current_state
