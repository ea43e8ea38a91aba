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
),

-- Clocks went back during the call, or just before: a time that comes twice on the wall is read as the
-- second one, so a start behind the answer or the end was the first.
started as (
    select
        *,
        case
            when least(answered_at, ended_at) < started_at
                then {{ first_of_two('started_at', "coalesce(_time_zone, 'UTC')") }}
            else started_at
        end as call_started_at,
        case
            when ended_at < answered_at
                then {{ first_of_two('answered_at', "coalesce(_time_zone, 'UTC')") }}
            else answered_at
        end as call_answered_at
    from delivered
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
    call_started_at as started_at,
    call_answered_at as answered_at,
    -- no end, or one that a wrong clock put before the start, is the last moment known
    greatest(ended_at, call_answered_at, call_started_at) as ended_at,
    outcome,
    {{ safe_text('queue') }} as queue,
    {{ adviser_key('adviser_id') }} as adviser_id,
    -- less than nothing is no duration: the clock tells it, where it can
    case when wait_seconds >= 0 then wait_seconds end as wait_seconds,
    case when talk_seconds >= 0 then talk_seconds end as talk_seconds,
    case when hold_seconds >= 0 then hold_seconds end as hold_seconds,
    case when wrap_seconds >= 0 then wrap_seconds end as wrap_seconds,
    {{ safe_text('reason_code') }} as reason_code,
    nullif(customer_id, '') as customer_id,
    -- a call isn't transferred from itself
    nullif(nullif(transferred_from_call_id, ''), call_id) as transferred_from_call_id,
    coalesce(_time_zone, 'UTC') as time_zone,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from started
