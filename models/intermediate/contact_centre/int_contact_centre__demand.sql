-- grain: one row per measure, series and half hour in which something came (measure, series, half_hour_at)
--
-- A lead comes when it can be seen: an attempt at a funnel once its quiet time is over, a request to
-- be called at once.
with counted as (
    select
        'sessions' as measure,
        'all' as series,
        {{ timestamp_from_us('first_event_us') }} as came_at,
        1 as came_count
    from {{ ref('int_journeys__session_totals') }}
    where not is_bot
    union all
    select
        'calls' as measure,
        queue as series,
        half_hour_at as came_at,
        offered as came_count
    from {{ ref('int_contact_centre__interval_calls') }}
    union all
    select
        'leads' as measure,
        'all' as series,
        {{ add_seconds('progress.abandoned_at', 'funnels.quiet_hours * 3600') }} as came_at,
        1 as came_count
    from {{ ref('int_journeys__funnel_progress') }} as progress
    inner join {{ ref('funnels') }} as funnels
        on progress.funnel = funnels.funnel
    where progress.abandoned_at is not null and progress.furthest_step >= funnels.rebond_from_step
    union all
    select
        'leads' as measure,
        'all' as series,
        occurred_at as came_at,
        1 as came_count
    from {{ ref('int_canonical__contacts') }}
    where {{ alias_key('contact_type') }} in ('callback_request', 'callback') and direction = 'inbound'
),

half_hours as (
    select
        measure,
        series,
        {{ truncate_half_hour('came_at') }} as half_hour_at,
        came_count
    from counted
)

select
    measure,
    series,
    half_hour_at,
    cast(sum(came_count) as bigint) as came_count
from half_hours
-- the half hour that the run's clock stands in isn't over
where half_hour_at < {{ truncate_half_hour(as_of()) }}
group by measure, series, half_hour_at
