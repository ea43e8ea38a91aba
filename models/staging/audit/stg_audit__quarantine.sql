-- grain: one row per file_id, line: a row that could not be loaded
select
    quarantine.file_id,
    quarantine.line,
    quarantine.field,
    quarantine.reason,
    quarantine.row_id,
    quarantine.at as quarantined_at
from {{ source('audit', 'quarantine') }} as quarantine
