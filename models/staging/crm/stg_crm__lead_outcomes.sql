-- grain: one row per target_id, attempted_at
select
    target_id,
    attempted_at,
    result,
    contract_id,
    {{ adviser_key('adviser_id') }} as adviser_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'lead_outcomes'),
    key=['target_id', 'attempted_at'],
) }} as current_state
