-- grain: one row per voice session of an ended conversation (session_key)
select
    {{ hash_key(['segments.conversation_id', 'segments.participant_number', 'segments.session_number']) }}
        as session_key,
    segments.conversation_id,
    segments.participant_number,
    max(segments.session_id) as session_id,
    max(segments.session_direction) as session_direction,
    max(segments.direction) as direction,
    max(segments.caller_hash) as caller_hash,
    max(segments.caller_status) as caller_status,
    max(segments.dialled_number) as dialled_number,
    max(segments.conversation_started_at) as conversation_started_at,
    max(segments.purpose) as purpose,
    max(segments.adviser_id) as adviser_id,
    min_by(segments.queue, segments.segment_number) filter (where segments.queue is not null) as queue,
    coalesce(min(segments.segment_started_at), max(segments.conversation_started_at)) as started_at,
    min(segments.segment_started_at) filter (
        where segments.segment_type = 'interact'
    ) as interacted_at,
    -- the work after a call is no part of it
    coalesce(
        max(coalesce(segments.segment_ended_at, segments.conversation_ended_at)) filter (
            where segments.segment_type != 'wrapup'
        ),
        max(segments.conversation_ended_at)
    ) as ended_at,
    max(segments.answered_wait_seconds) as answered_wait_seconds,
    max(segments.abandoned_wait_seconds) as abandoned_wait_seconds,
    {% for type, name in [('interact', 'talk_seconds'), ('hold', 'hold_seconds'), ('wrapup', 'wrap_seconds')] -%}
        -- Genesys's own figure, else the segments
        coalesce(max(segments.{{ name }}), cast(floor(sum(
            {{ epoch_us('segments.segment_ended_at') }} - {{ epoch_us('segments.segment_started_at') }}
        ) filter (where segments.segment_type = '{{ type }}') / 1000000.0) as bigint), 0) as {{ name }},
    {% endfor -%}
    coalesce(
        max(segments.transfer_count),
        max(case when disconnect_types.is_transfer then 1 else 0 end)
    ) as transfer_count,
    max_by(segments.disconnect_type, segments.segment_number) filter (
        where segments.disconnect_type is not null
    ) as disconnect_type,
    bool_or(segments.is_busy) as is_busy,
    coalesce(bool_or(
        segments.segment_type in ('monitoring', 'coaching', 'barging', 'screenmonitoring')
    ), false) as is_listening,
    max_by(segments.reason_code, segments.segment_number) filter (
        where segments.reason_code is not null and segments.reason_code not like 'ININ-WRAP-UP-%'
    ) as reason_code,
    max(segments.time_zone) as time_zone
from {{ ref('stg_call_records__genesys') }} as segments
left join {{ ref('genesys_disconnect_types') }} as disconnect_types
    on segments.disconnect_type = disconnect_types.disconnect_type
where segments.media = 'voice' and segments.conversation_ended_at is not null
group by segments.conversation_id, segments.participant_number, segments.session_number
