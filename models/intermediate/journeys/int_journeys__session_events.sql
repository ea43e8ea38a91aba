-- grain: one row per web or app event, with the session that it belongs to (event_key)
{{ config(materialized='view') }}

select
    sessions.session_key,
    sessions.is_tracker_session,
    sessions.occurred_us,
    events.*
from {{ ref('int_canonical__web_events') }} as events
inner join {{ ref('int_journeys__event_sessions') }} as sessions
    on
        events.event_hash = sessions.event_hash
        and {{ epoch_us('events.occurred_at') }} = sessions.occurred_us
