-- grain: one row per campaign_id
select
    campaign_id,
    name as campaign_name,
    channel,
    product_id,
    starts_at,
    ends_at,
    is_peak,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'campaigns'), key=['campaign_id']) }} as current_state
