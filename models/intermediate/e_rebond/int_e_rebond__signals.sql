-- grain: one row per sign that somebody may want a product (signal_id)
--
-- A sign's id is made of the source's own keys: the same in every run and whatever came first.
-- Navigation is a person's only where consent lets it be linked; a quote that a visitor without such
-- consent abandoned stays the visitor's.
with abandonments as (
    select
        {{ hash_key([
            "'abandonment'", 'progress.funnel', 'progress.product_id', 'progress.last_session_id',
            epoch_us('progress.started_at')
        ]) }} as signal_id,
        'abandonment' as trigger,
        case when progress.subject_kind = 'person' then progress.person_or_visitor_id end as person_id,
        entries.visitor_id,
        progress.product_id,
        progress.funnel,
        progress.furthest_step,
        progress.step_count,
        progress.started_at,
        progress.abandoned_at as detected_at,
        'session:' || progress.last_session_id as evidence
    from {{ ref('int_journeys__funnel_progress') }} as progress
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on progress.last_session_id = entries.session_id
    where progress.abandoned_at >= {{ signals_since() }}
),

visits as (
    select
        {{ hash_key(["'appetence'", 'session_id', 'product_id']) }} as signal_id,
        'appetence' as trigger,
        person_id,
        session_id,
        product_id,
        {{ timestamp_from_us('first_us') }} as started_at,
        {{ timestamp_from_us('last_us') }} as detected_at
    from {{ ref('int_e_rebond__appetence') }}
    union all
    -- two tags of one touch, in one microsecond, are one
    select distinct
        {{ hash_key(['actions.trigger', 'actions.session_id', 'actions.product_id', 'actions.occurred_us']) }},
        actions.trigger,
        actions.person_id,
        actions.session_id,
        actions.product_id,
        {{ timestamp_from_us('actions.occurred_us') }},
        {{ timestamp_from_us('actions.occurred_us') }}
    from {{ ref('int_e_rebond__web_actions') }} as actions
    left join {{ ref('int_e_rebond__answered_touches') }} as answered
        on actions.event_hash = answered.event_hash
    where answered.event_hash is null and actions.occurred_us <= {{ epoch_us(as_of()) }}
)

select
    signal_id,
    trigger,
    person_id,
    visitor_id,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as phone_hash,
    product_id,
    funnel,
    furthest_step,
    cast(step_count as bigint) as step_count,
    started_at,
    detected_at,
    cast(null as timestamp) as requested_at,
    cast(null as varchar) as language,
    evidence
from abandonments
union all
select
    visits.signal_id,
    visits.trigger,
    visits.person_id,
    entries.visitor_id,
    null as customer_id,
    null as phone_hash,
    visits.product_id,
    null as funnel,
    null as furthest_step,
    null as step_count,
    visits.started_at,
    visits.detected_at,
    null as requested_at,
    null as language,
    'session:' || visits.session_id as evidence
from visits
inner join {{ ref('int_journeys__session_entries') }} as entries
    on visits.session_id = entries.session_id
union all
select
    {{ hash_key(["'contact'", 'contact_id']) }} as signal_id,
    trigger,
    person_id,
    visitor_id,
    customer_id,
    phone_hash,
    product_id,
    null as funnel,
    null as furthest_step,
    null as step_count,
    occurred_at as started_at,
    occurred_at as detected_at,
    requested_at,
    null as language,
    'contact:' || contact_id as evidence
from {{ ref('int_e_rebond__contact_requests') }}
where coalesce(person_id, phone_hash, visitor_id) is not null
union all
select
    {{ hash_key(["'review'", 'platform', 'review_id']) }} as signal_id,
    'social' as trigger,
    person_id,
    null as visitor_id,
    customer_id,
    null as phone_hash,
    product_id,
    null as funnel,
    null as furthest_step,
    null as step_count,
    created_at as started_at,
    created_at as detected_at,
    null as requested_at,
    language,
    'review:' || review_id as evidence
from {{ ref('int_e_rebond__praises') }}
