-- grain: one row per call, its legs and transfers rolled up (call_id)
select
    calls.call_id,
    calls.source_format,
    calls.source_call_id,
    persons.person_id,
    calls.direction,
    calls.caller_hash,
    calls.dialled_number,
    calls.started_at,
    calls.answered_at,
    calls.ended_at,
    calls.wait_seconds,
    calls.talk_seconds,
    calls.hold_seconds,
    calls.wrap_seconds,
    calls.outcome,
    calls.outcome = 'abandoned'
    and calls.wait_seconds < queues.short_abandon_seconds as is_short_abandon,
    calls.queue,
    case when calls.queue is not null then queues.skill end as skill,
    coalesce(
        queues.language,
        -- what the caller spoke, by a transcript
        calls.language,
        case when advisers.languages not like '%|%' then nullif(advisers.languages, '') end
    ) as language,
    calls.adviser_id,
    calls.reason_code,
    calls.leg_count,
    calls.transfer_count,
    cast({{ utc_to_local('calls.started_at', 'calls.time_zone') }} as date) as local_date,
    {{ format_hour_minute(truncate_half_hour(
        utc_to_local('calls.started_at', 'calls.time_zone')
    )) }} as local_half_hour,
    calls.caller_status,
    calls.time_zone
from {{ ref('int_canonical__calls') }} as calls
left join {{ ref('int_canonical__queues') }} as queues
    on coalesce(calls.queue, 'none') = queues.queue
left join {{ ref('int_canonical__advisers') }} as advisers
    on calls.adviser_id = advisers.adviser_id
left join {{ ref('int_journeys__call_persons') }} as persons
    on calls.call_id = persons.call_id
