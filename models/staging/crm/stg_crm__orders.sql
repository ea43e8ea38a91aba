-- grain: one row per order_id
select
    order_id,
    customer_id,
    visitor_id,
    product_id,
    ordered_at,
    amount,
    upper(_currency) as currency,
    status as order_status,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'orders'),
    key=['order_id'],
    content=['ordered_at desc'],
) }} as current_state
