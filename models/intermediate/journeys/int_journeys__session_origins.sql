-- grain: one row per session of which an event says where the visitor came from (session_key)
{{ config(materialized='view') }}

select
    edges.session_key,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.utm_content,
    events.utm_term,
    events.click_id,
    {{ traffic_key(
        'events.utm_source', 'events.utm_medium', 'events.utm_campaign', 'events.click_id_kind',
        'case when ' ~ is_external_referrer('events.referrer_host', 'events.page_host')
            ~ ' then events.referrer_host end',
    ) }} as traffic_key
from {{ ref('int_canonical__web_events') }} as events
inner join {{ ref('int_journeys__session_edges') }} as edges
    on
        events.event_hash = edges.first_origin_hash
        and {{ epoch_us('events.occurred_at') }} = edges.first_origin_us
