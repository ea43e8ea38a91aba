-- grain: one row per leg of a call, whatever the switchboard (leg_key)
{% for format in ['asterisk', 'twilio', 'genesys'] -%}
    select
        leg_key,
        source_format,
        source_leg_id,
        source_call_id,
        transferred_from_leg_id,
        sequence,
        direction,
        caller_hash,
        caller_status,
        dialled_number,
        started_at,
        waiting_from_at,
        answered_at,
        ended_at,
        outcome,
        queue,
        adviser_id,
        wait_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        reason_code,
        customer_id,
        transfer_count,
        time_zone
    from {{ ref('int_canonical__' ~ format ~ '_legs') }}
    union all
{% endfor -%}
select
    {{ hash_key(["'flat'", "call_id"]) }} as leg_key,
    'flat' as source_format,
    call_id as source_leg_id,
    -- which call a leg belongs to follows from the transfers (int_canonical__transfer_chains)
    cast(null as varchar) as source_call_id,
    transferred_from_call_id as transferred_from_leg_id,
    cast(null as bigint) as sequence,
    direction,
    caller_hash,
    caller_status,
    dialled_number,
    started_at,
    started_at as waiting_from_at,
    answered_at,
    ended_at,
    outcome,
    queue,
    adviser_id,
    coalesce(
        wait_seconds,
        greatest({{ seconds_between('started_at', 'coalesce(answered_at, ended_at)') }}, 0)
    ) as wait_seconds,
    case
        when outcome in ('answered', 'voicemail')
            then coalesce(talk_seconds, greatest(
                {{ seconds_between('answered_at', 'ended_at') }} - coalesce(hold_seconds, 0), 0
            ))
        else coalesce(talk_seconds, 0)
    end as talk_seconds,
    hold_seconds,
    wrap_seconds,
    reason_code,
    customer_id,
    cast(null as bigint) as transfer_count,
    time_zone
from {{ ref('stg_call_records__flat') }}
