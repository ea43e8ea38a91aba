-- grain: one row per customer_id, life_event_kind, occurred_date
select
    customer_id,
    kind as life_event_kind,
    occurred_on as occurred_date,
    {{ safe_text('source') }} as source,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'life_events'),
    key=['customer_id', 'kind', 'occurred_on'],
) }} as current_state
