-- grain: one row per experiment, variant, subject_kind, subject_key
select
    experiment,
    variant,
    subject_kind,
    {{ subject_key('subject') }} as subject_key,
    subject_status,
    assigned_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'experiments'),
    key=['experiment', 'variant', 'coalesce(subject_hash, subject)'],
    content=['assigned_at desc'],
) }} as current_state
