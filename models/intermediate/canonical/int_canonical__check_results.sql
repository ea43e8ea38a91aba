-- grain: one row per run, layer, table and check
{{ config(materialized='view') }}

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
from {{ ref('stg_audit__check_results') }}
