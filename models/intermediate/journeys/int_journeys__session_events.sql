-- grain: one row per web or app event, with the session that it belongs to (event_key)
{{ config(materialized='view') }}

select
    sessions.session_key,
    sessions.is_tracker_session,
    sessions.occurred_us,
    events.event_key,
    events.event_hash,
    events.tag_format,
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.visitor_id,
    events.tracker_session_id,
    events.page_view_id,
    events.login_key,
    events.email_hash,
    events.phone_hash,
    events.page_url,
    events.page_host,
    events.page_path,
    events.referrer_url,
    events.referrer_host,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.utm_content,
    events.utm_term,
    events.click_id,
    events.click_id_kind,
    events.app_id,
    events.site,
    events.platform,
    events.device_class,
    events.is_bot,
    events.consent_status,
    events.has_legal_basis,
    events.properties
from {{ ref('int_canonical__web_events') }} as events
inner join {{ ref('int_journeys__event_sessions') }} as sessions
    on
        events.event_hash = sessions.event_hash
        and {{ epoch_us('events.occurred_at') }} = sessions.occurred_us
