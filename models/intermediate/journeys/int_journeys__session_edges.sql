-- grain: one row per session: which event begins it, and which says where the visitor came from
-- (session_key)
--
-- Events of the same microsecond are put in order by their hash, which is the same on every engine.
select
    sessions.session_key,
    bool_or(sessions.is_tracker_session) as is_tracker_session,
    max(totals.first_event_us) as first_event_us,
    min(case
        when sessions.occurred_us = totals.first_event_us then sessions.event_hash
    end) as first_event_hash,
    max(totals.first_origin_us) as first_origin_us,
    min(case
        when
            sessions.occurred_us = totals.first_origin_us
            and sessions.has_origin
            then sessions.event_hash
    end) as first_origin_hash
from {{ ref('int_journeys__event_sessions') }} as sessions
inner join {{ ref('int_journeys__session_totals') }} as totals
    on sessions.session_key = totals.session_key
where
    sessions.occurred_us = totals.first_event_us
    or sessions.occurred_us = totals.first_origin_us
group by sessions.session_key
