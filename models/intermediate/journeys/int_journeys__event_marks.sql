-- grain: one row per web or app event: integers and flags for the sessions
-- (event_hash, occurred_us)
--
-- A view, so that no copy of the events is written. owner_key and block_number name the piece of a
-- session that the event surely belongs to; int_journeys__session_pieces says what a piece is.
{{ config(materialized='view') }}

{%- if var('force_inactivity_sessions') %}
    {%- set has_tracker_session = 'false' %}
{%- else %}
    {%- set has_tracker_session = 'events.tracker_session_id is not null' %}
{%- endif %}

select
    events.event_hash,
    {{ epoch_us('events.occurred_at') }} as occurred_us,
    case
        when {{ has_tracker_session }} then {{ narrow_hash([
            'events.tag_format', 'events.visitor_id', 'events.tracker_session_id'
        ]) }}
        when events.visitor_id is not null
            then {{ narrow_hash(['events.tag_format', 'events.visitor_id']) }}
        -- nobody knows whether two events without a visitor belong together
        else events.event_hash
    end as owner_key,
    -- events in one block of the clock, as long as the silence that ends a session, share a session
    case
        when not ({{ has_tracker_session }}) and events.visitor_id is not null
            then cast(floor(
                {{ epoch_us('events.occurred_at') }}
                / ({{ var('session_timeout_seconds') }} * 1000000.0)
            ) as bigint)
    end as block_number,
    {{ has_tracker_session }} as is_tracker_session,
    events.event_name in ('page_view', 'screen_view') as is_view,
    case
        when events.event_name in ('page_view', 'screen_view') and events.page_view_id is not null
            then {{ narrow_hash(['events.page_view_id']) }}
    end as page_view_hash,
    case
        when events.event_name = 'page_ping'
            then cast(floor(
                {{ epoch_us('events.occurred_at') }} / ({{ var('heartbeat_seconds') }} * 1000000.0)
            ) as bigint)
    end as heartbeat_number,
    key_events.event_name is not null as is_key_event,
    {{ has_origin('events') }} as has_origin,
    -- what the event is for the tag plan, funnels and types of pages
    {{ shape_key('events', event_codes('events.properties')) }} as shape_key,
    events.is_bot,
    coalesce(events.consent_status = 'denied', false) as is_consent_denied,
    -- where the tag says that it doesn't know, the CRM may; a legal basis is for data without consent
    coalesce(events.consent_status = 'unknown', true) as is_consent_silent,
    case
        when events.consent_status is null then events.has_legal_basis
        else events.consent_status <> 'unknown'
    end as is_silence_covered
from {{ ref('int_canonical__web_events') }} as events
left join {{ ref('key_events') }} as key_events
    on events.event_name = key_events.event_name
