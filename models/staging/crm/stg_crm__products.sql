-- grain: one row per product_id
select
    product_id,
    name as product_name,
    family as product_family,
    is_insurance,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'products'), key=['product_id']) }} as current_state
