-- grain: one row per project, cost_month
select
    project,
    month as cost_month,
    cost,
    upper(_currency) as currency,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'costs'), key=['project', 'month']) }} as current_state
