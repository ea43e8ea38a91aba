-- grain: one row per session (session_key)
--
-- Distinct views and heartbeats are counted in two steps each, at half the cost of count(distinct).
with views as (
    select
        session_key,
        count(*) as page_view_count
    from (
        select distinct
            session_key,
            page_view_hash
        from {{ ref('int_journeys__event_sessions') }}
        where page_view_hash is not null
    ) as distinct_views
    group by session_key
),

heartbeats as (
    select
        session_key,
        count(*) as heartbeat_count
    from (
        select distinct
            session_key,
            cast(floor(
                occurred_us / ({{ var('heartbeat_seconds') }} * 1000000.0)
            ) as bigint) as heartbeat
        from {{ ref('int_journeys__event_sessions') }}
        where is_heartbeat
    ) as distinct_heartbeats
    group by session_key
),

totals as (
    select
        session_key,
        bool_or(is_tracker_session) as is_tracker_session,
        min(occurred_us) as first_event_us,
        max(occurred_us) as last_event_us,
        -- the first thing in a session that says where the visitor came from decides the channel
        min(case when has_origin then occurred_us end) as first_origin_us,
        count(*) as event_count,
        bool_or(is_key_event) as has_key_event,
        bool_or(is_bot) as is_bot,
        bool_or(is_consent_denied) as has_denied_consent,
        bool_and(is_silence_covered) as is_silence_covered,
        min(case when is_consent_silent then occurred_us end) as first_silent_us,
        max(case when is_consent_silent then occurred_us end) as last_silent_us
    from {{ ref('int_journeys__event_sessions') }}
    group by session_key
)

select
    totals.session_key,
    totals.is_tracker_session,
    totals.first_event_us,
    totals.last_event_us,
    totals.first_origin_us,
    totals.event_count,
    coalesce(views.page_view_count, 0) as page_view_count,
    coalesce(heartbeats.heartbeat_count, 0) as heartbeat_count,
    totals.has_key_event,
    totals.is_bot,
    totals.has_denied_consent,
    totals.first_silent_us,
    totals.last_silent_us,
    totals.is_silence_covered
from totals
left join views
    on totals.session_key = views.session_key
left join heartbeats
    on totals.session_key = heartbeats.session_key
