-- grain: one row per source_call_id with a note: in restricted, a view, never copied
{{ config(schema='restricted') }}

select
    call_id as source_call_id,
    note as told
from {{ current_rows(
    source('call_records', 'wrap_ups'),
    key=['call_id'],
    prefer=['set_at desc nulls last'],
    content=['reason_code', 'result_code', 'adviser_id', 'note'],
) }} as current_state
where note is not null
