-- grain: one row per session, with its first event (session_key)
{{ config(materialized='view') }}

select
    totals.session_key,
    case
        when totals.is_tracker_session then {{ hash_key([
            "events.tag_format", "events.visitor_id", "events.tracker_session_id"
        ]) }}
        else {{ hash_key([
            "events.tag_format", "events.visitor_id", "'first event'", "events.event_id"
        ]) }}
    end as session_id,
    events.tag_format,
    events.visitor_id,
    events.tracker_session_id,
    events.app_id,
    events.site,
    events.platform,
    events.page_url as landing_page_url,
    events.referrer_url,
    events.device_class
from {{ ref('int_canonical__web_events') }} as events
inner join {{ ref('int_journeys__session_totals') }} as totals
    on
        events.event_hash = totals.first_event_hash
        and {{ epoch_us('events.occurred_at') }} = totals.first_event_us
