-- grain: one row per contact_id
select
    contact_id,
    channel as contact_type,
    direction,
    customer_id,
    visitor_id,
    email_hash,
    phone_hash,
    phone_status,
    occurred_at,
    ended_at,
    {{ adviser_key('adviser_id') }} as adviser_id,
    {{ code_or_null('subject') }} as subject_code,
    {{ code_or_null('outcome') }} as outcome,
    {{ safe_text('place') }} as place,
    campaign,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'contacts'),
    key=['contact_id'],
    content=['occurred_at desc'],
) }} as current_state
