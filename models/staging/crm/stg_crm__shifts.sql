-- grain: one row per adviser_id, starts_at
select
    {{ hash_key(['adviser_id', epoch_us('starts_at')]) }} as shift_id,
    adviser_id,
    starts_at,
    ends_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'shifts'),
    key=['adviser_id', 'starts_at'],
    content=['ends_at desc'],
) }} as current_state
-- a shift of nobody can't be counted: its adviser's id names a person
where {{ adviser_key('adviser_id') }} is not null
