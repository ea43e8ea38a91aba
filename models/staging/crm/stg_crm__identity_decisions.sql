-- grain: one row per left_customer_id, right_customer_id
select
    left_customer_id,
    right_customer_id,
    decision,
    decided_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'identity_decisions'),
    key=['left_customer_id', 'right_customer_id'],
    content=['decided_at desc'],
) }} as current_state
