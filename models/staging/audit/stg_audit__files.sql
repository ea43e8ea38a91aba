-- grain: one row per file_id: a file, or a new part of a growing one
select
    file_id,
    family,
    format,
    path,
    content_hash,
    exported_at,
    status,
    rows_read,
    rows_loaded,
    rows_quarantined,
    rows_suppressed,
    loaded_at,
    load_id,
    delivery,
    reason,
    is_waived
from {{ source('audit', 'files') }}
