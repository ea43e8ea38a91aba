-- grain: one row per session of a visitor on a site or in an app (session_id)
select
    entries.session_id,
    persons.person_id,
    entries.visitor_id,
    entries.tag_format,
    entries.app_id,
    entries.tracker_session_id,
    {{ timestamp_from_us('totals.first_event_us') }} as session_start_at,
    {{ timestamp_from_us('totals.last_event_us') }} as session_end_at,
    totals.page_view_count,
    totals.event_count,
    {{ engaged_seconds('totals') }} as engaged_seconds,
    {{ engaged_seconds('totals') }} > {{ var('engaged_after_seconds') }}
    or totals.has_key_event
    or totals.page_view_count >= 2 as is_engaged,
    totals.is_bot,
    entries.landing_page_url,
    entries.referrer_url,
    origins.utm_source,
    origins.utm_medium,
    origins.utm_campaign,
    origins.utm_content,
    origins.utm_term,
    origins.click_id,
    channels.source as traffic_source,
    channels.medium as traffic_medium,
    channels.marketing_channel,
    entries.device_class,
    persons.session_key is not null as consent_navigation_linking,
    totals.has_key_event
from {{ ref('int_journeys__session_entries') }} as entries
inner join {{ ref('int_journeys__session_totals') }} as totals
    on entries.session_key = totals.session_key
left join {{ ref('int_journeys__session_origins') }} as origins
    on entries.session_key = origins.session_key
left join {{ ref('int_journeys__traffic_channels') }} as channels
    on coalesce(
        origins.traffic_key, {{ traffic_key('null', 'null', 'null', 'null', 'null') }}
    ) = channels.traffic_key
left join {{ ref('int_journeys__session_persons') }} as persons
    on entries.session_key = persons.session_key
