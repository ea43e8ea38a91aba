-- grain: one row per run_id, layer, table, check
{{ config(materialized='view') }}

select
    run_id,
    as_of,
    layer,
    table_name as table,
    check_name as {{ adapter.quote('check') }},
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
from {{ ref('int_canonical__check_results') }}
