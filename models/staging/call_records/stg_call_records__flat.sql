-- grain: one row per call record (call_id)
with delivered as (
    select *
    from {{ current_rows(
        source('call_records', 'flat'),
        key=['call_id'],
        prefer=['ended_at desc nulls last'],
        content=[
            'answered_at desc', 'outcome', 'talk_seconds desc', 'wrap_seconds desc', 'queue',
            'adviser_id', 'reason_code', 'started_at',
        ],
    ) }}
)

select
    call_id,
    direction,
    caller_number_hash as caller_hash,
    coalesce(caller_number_status, 'withheld') as caller_status,
    case
        when direction = 'outbound' then dialled_number_hash
        when dialled_number_status = 'valid' then dialled_number_e164
        when dialled_number_status = 'short'
            then {{ regexp_replace_all('dialled_number', "'[^0-9]'", "''") }}
    end as dialled_number,
    started_at,
    answered_at,
    coalesce(ended_at, answered_at, started_at) as ended_at,
    outcome,
    nullif(queue, '') as queue,
    {{ adviser_key('adviser_id') }} as adviser_id,
    wait_seconds,
    talk_seconds,
    hold_seconds,
    wrap_seconds,
    nullif(reason_code, '') as reason_code,
    nullif(customer_id, '') as customer_id,
    -- a call isn't transferred from itself
    nullif(nullif(transferred_from_call_id, ''), call_id) as transferred_from_call_id,
    coalesce(_time_zone, 'UTC') as time_zone,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from delivered
