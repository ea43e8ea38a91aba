-- grain: one row per session of which an event says where the visitor came from (session_key)
with origins as (
    select
        totals.session_key,
        events.utm_source,
        events.utm_medium,
        events.utm_campaign,
        events.utm_content,
        events.utm_term,
        events.click_id,
        events.click_id_kind,
        case
            when {{ is_external_referrer('events.referrer_host', 'events.page_host') }}
                then events.referrer_host
        end as referrer_host
    from {{ ref('int_canonical__web_events') }} as events
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on
            events.event_hash = totals.first_origin_hash
            and {{ epoch_us('events.occurred_at') }} = totals.first_origin_us
)

select
    *,
    {{ traffic_key(
        'utm_source', 'utm_medium', 'utm_campaign', 'click_id_kind', 'referrer_host'
    ) }} as traffic_key
from origins
