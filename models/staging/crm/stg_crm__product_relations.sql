-- grain: one row per product_id, related_product_id
select
    product_id,
    related_product_id,
    reviewed_by is not null as has_reviewer,
    reviewed_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'product_relations'),
    key=['product_id', 'related_product_id'],
    content=['reviewed_at desc'],
) }} as current_state
