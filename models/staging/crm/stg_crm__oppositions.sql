-- grain: one row per subject_kind, subject_key, opposition_list
select
    subject_kind,
    {{ subject_key('subject') }} as subject_key,
    subject_status,
    list as opposition_list,
    since as effective_at,
    until as ends_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'oppositions'),
    key=['subject_kind', 'coalesce(subject_hash, subject)', 'list'],
    content=['since desc'],
) }} as current_state
