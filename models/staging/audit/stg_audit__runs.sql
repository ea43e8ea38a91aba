-- grain: one row per run
select
    run_id,
    as_of,
    started_at,
    finished_at,
    job,
    status,
    input_fingerprint
from {{ source('audit', 'runs') }}
