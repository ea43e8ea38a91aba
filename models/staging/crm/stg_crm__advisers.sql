-- grain: one row per adviser_id
select
    adviser_id,
    team,
    skills,
    languages,
    site,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'advisers'), key=['adviser_id']) }} as current_state
-- an id that names a person can't be shown, so nothing could be joined to the row
where {{ adviser_key('adviser_id') }} is not null
