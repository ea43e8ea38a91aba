-- grain: one row per web or app event, with the session that it belongs to
-- (event_hash, occurred_us)
--
-- Integers and flags only; the events' texts join by event_hash. session_key is an integer for
-- joins inside a run; session_id in int_journeys__session_entries is its lasting name.
select
    {{ narrow_hash(['blocks.visitor_key', 'blocks.session_start_us']) }} as session_key,
    false as is_tracker_session,
    marks.occurred_us,
    marks.event_hash,
    marks.page_view_hash,
    marks.is_heartbeat,
    marks.is_key_event,
    marks.has_origin,
    marks.is_bot,
    marks.is_consent_denied,
    marks.is_consent_silent,
    marks.is_silence_covered
from {{ ref('int_journeys__event_marks') }} as marks
inner join {{ ref('int_journeys__visitor_blocks') }} as blocks
    on
        marks.visitor_key = blocks.visitor_key
        and marks.block_number = blocks.block_number
where marks.is_cut_by_silence
union all
select
    -- nobody knows whether two events without a visitor belong together
    case when is_tracker_session then tracker_session_key else event_hash end as session_key,
    is_tracker_session,
    occurred_us,
    event_hash,
    page_view_hash,
    is_heartbeat,
    is_key_event,
    has_origin,
    is_bot,
    is_consent_denied,
    is_consent_silent,
    is_silence_covered
from {{ ref('int_journeys__event_marks') }}
where not is_cut_by_silence
