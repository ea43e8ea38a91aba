-- grain: one row per run, layer, table and check
select
    run_id,
    as_of,
    layer,
    table_name,
    check_name,
    severity,
    status,
    observed,
    expected,
    failing_count,
    failing_row_ids,
    owner,
    is_waived,
    report_path,
    checked_at
from {{ source('audit', 'check_results') }}
