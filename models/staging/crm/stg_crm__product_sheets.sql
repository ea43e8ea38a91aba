-- grain: one row per product_id, place, attribute
select
    product_id,
    place,
    attribute,
    {{ safe_text('value') }} as attribute_value,
    seen_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'product_sheets'),
    key=['product_id', 'place', 'attribute'],
    content=['seen_at desc'],
) }} as current_state
