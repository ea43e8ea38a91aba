-- grain: one row per customer_id, identifier_kind, identifier_value
select
    customer_id,
    kind as identifier_kind,
    {{ subject_key('value') }} as identifier_value,
    value_status as identifier_status,
    valid_from,
    valid_to,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'identifiers'),
    key=['customer_id', 'kind', 'coalesce(value_hash, value)'],
    content=['valid_from desc'],
) }} as current_state
