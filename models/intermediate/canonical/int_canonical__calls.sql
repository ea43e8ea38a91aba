-- grain: one row per call, with what its wrap-up and its transcript add, whatever the switchboard (call_id)
select
    calls.call_id,
    calls.source_format,
    calls.source_call_id,
    calls.direction,
    calls.caller_hash,
    calls.caller_status,
    calls.dialled_number,
    -- our own numbers are never hashed
    case calls.direction
        when 'inbound' then calls.caller_hash
        when 'outbound' then calls.dialled_number
    end as other_party_hash,
    calls.started_at,
    calls.answered_at,
    calls.ended_at,
    calls.wait_seconds,
    calls.talk_seconds,
    calls.hold_seconds,
    calls.wrap_seconds,
    calls.outcome,
    calls.queue,
    -- Twilio, for one, doesn't know who took the call
    coalesce(
        calls.adviser_id, case when calls.outcome = 'answered' then wrap_ups.adviser_id end
    ) as adviser_id,
    -- the switchboard's own code is set by the end of its wrap-up: what is set later corrects it
    case
        -- (no wrap-up takes a day; a figure beyond all measure would leave the calendar)
        when wrap_ups.set_at > {{ add_seconds('calls.ended_at', 'least(coalesce(calls.wrap_seconds, 0), 86400)') }}
            then coalesce(wrap_ups.reason_code, calls.reason_code)
        else coalesce(calls.reason_code, wrap_ups.reason_code)
    end as reason_code,
    calls.customer_id,
    calls.leg_count,
    calls.transfer_count,
    languages.language,
    calls.time_zone
from {{ ref('int_canonical__call_totals') }} as calls
left join {{ ref('int_canonical__wrap_ups') }} as wrap_ups on calls.call_id = wrap_ups.call_id
left join {{ ref('int_canonical__call_languages') }} as languages on calls.call_id = languages.call_id
