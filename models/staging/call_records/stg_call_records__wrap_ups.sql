-- grain: one row per call that was wrapped up (source_call_id)
with delivered as (
    select *
    from {{ current_rows(
        source('call_records', 'wrap_ups'),
        key=['call_id'],
        prefer=['set_at desc nulls last'],
        content=['reason_code', 'result_code', 'adviser_id', 'note'],
    ) }}
)

select
    call_id as source_call_id,
    {{ adviser_key('adviser_id') }} as adviser_id,
    {{ safe_text('reason_code') }} as reason_code,
    {{ safe_text('result_code') }} as result_code,
    note is not null as has_note,
    set_at,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from delivered
