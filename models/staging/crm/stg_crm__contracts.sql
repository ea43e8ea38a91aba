-- grain: one row per contract_id, customer_id, contract_role
select
    contract_id,
    customer_id,
    role as contract_role,
    product_id,
    opened_at,
    closed_at,
    {{ safe_text('close_reason') }} as close_reason,
    premium,
    margin,
    upper(_currency) as currency,
    initiated_channel,
    handled_channel,
    finalised_channel,
    call_id as source_call_id,
    tracker_session_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'contracts'),
    key=['contract_id', 'customer_id', 'role'],
) }} as current_state
