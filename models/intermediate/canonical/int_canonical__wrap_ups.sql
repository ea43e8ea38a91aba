-- grain: one row per call that was wrapped up, the latest wrap-up of its legs (call_id)
with named as (
    select
        call_references.call_id,
        wrap_ups.source_call_id as wrap_up_id,
        wrap_ups.adviser_id,
        wrap_ups.reason_code,
        wrap_ups.result_code,
        wrap_ups.has_note,
        wrap_ups.set_at
    from {{ ref('stg_call_records__wrap_ups') }} as wrap_ups
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on wrap_ups.source_call_id = call_references.source_id
)

select
    call_id,
    adviser_id,
    reason_code,
    result_code,
    has_note,
    set_at
from (
    select
        *,
        row_number() over (partition by call_id order by set_at desc nulls last, wrap_up_id asc) as place
    from named
) as ranked
where place = 1
