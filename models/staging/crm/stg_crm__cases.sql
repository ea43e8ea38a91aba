-- grain: one row per case_id
select
    case_id,
    customer_id,
    kind as case_kind,
    {{ safe_text('reason_code') }} as reason_code,
    opened_at,
    closed_at,
    status as case_status,
    channel,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'cases'), key=['case_id']) }} as current_state
