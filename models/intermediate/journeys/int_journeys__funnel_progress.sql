-- grain: one row per attempt at a funnel by a person, else by a visitor (funnel, person_or_visitor_id, attempt)
--
-- An attempt is abandoned once it has rested for the funnel's quiet time by the run's clock, and the
-- person neither went on with it on another device nor signed for the product elsewhere meanwhile.
with attempts as (
    select
        attempts.owner_key,
        attempts.attempt_number,
        events.funnel,
        events.subject_kind,
        events.person_or_visitor_id,
        events.product_id,
        min(events.occurred_us) as started_us,
        max({{ pair('events.occurred_us', 'events.event_hash') }}) as last_event,
        max(events.step_number) as furthest_step,
        bool_or(events.is_completion) as is_completion_seen
    from {{ ref('int_journeys__funnel_attempts') }} as attempts
    inner join {{ ref('int_journeys__funnel_events') }} as events
        on attempts.event_hash = events.event_hash and attempts.funnel = events.funnel
    group by
        attempts.owner_key, attempts.attempt_number, events.funnel, events.subject_kind,
        events.person_or_visitor_id, events.product_id
),

timed as (
    select
        attempts.*,
        {{ timestamp_from_us('attempts.started_us') }} as started_at,
        {{ timestamp_from_us(pair_first('attempts.last_event')) }} as last_step_at,
        {{ add_seconds(
            timestamp_from_us(pair_first('attempts.last_event')), 'funnels.quiet_hours * 3600'
        ) }} as quiet_at
    from attempts
    inner join {{ ref('funnels') }} as funnels
        on attempts.funnel = funnels.funnel
),

-- What the person signed for by whatever channel between the first step and the end of the silence.
signed_elsewhere as (
    select distinct
        timed.owner_key,
        timed.attempt_number
    from timed
    inner join {{ ref('int_journeys__conversions') }} as conversions
        on
            timed.person_or_visitor_id = conversions.person_id
            and timed.product_id = conversions.product_id
            and {{ sold_since('conversions.converted_at', 'timed.started_at', "'" ~ var('business_time_zone') ~ "'") }}
            and timed.quiet_at >= conversions.converted_at
    where
        timed.subject_kind = 'person'
        and not timed.is_completion_seen
        and conversions.status <> 'applied'
        -- a contract taken back was signed; an order cancelled never was
        and (conversions.status <> 'withdrawn' or conversions.contract_id is not null)
),

step_counts as (
    select
        funnel,
        count(distinct step_number) as step_count
    from {{ ref('funnel_steps') }}
    group by funnel
)

select
    timed.funnel,
    timed.person_or_visitor_id,
    row_number() over (
        partition by timed.funnel, timed.person_or_visitor_id
        order by timed.started_us, timed.attempt_number, timed.owner_key
    ) as attempt,
    timed.subject_kind,
    timed.product_id,
    timed.started_at,
    timed.last_step_at,
    timed.furthest_step,
    step_counts.step_count,
    timed.is_completion_seen or signed_elsewhere.owner_key is not null as is_completed,
    case
        when timed.is_completion_seen then 'funnel'
        when signed_elsewhere.owner_key is not null then 'elsewhere'
    end as completed_by,
    case
        when
            not timed.is_completion_seen
            and signed_elsewhere.owner_key is null
            and timed.quiet_at < {{ as_of() }}
            then timed.last_step_at
    end as abandoned_at,
    last_events.session_id as last_session_id
from timed
inner join {{ ref('int_journeys__funnel_events') }} as last_events
    on {{ pair_second('timed.last_event') }} = last_events.event_hash and timed.funnel = last_events.funnel
inner join step_counts on timed.funnel = step_counts.funnel
left join signed_elsewhere
    on timed.owner_key = signed_elsewhere.owner_key and timed.attempt_number = signed_elsewhere.attempt_number
