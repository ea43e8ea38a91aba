-- grain: one row per person, or visitor who is nobody's, with visits of late (subject_kind, subject_id)
--
-- A visitor is scored on their own visits alone: without consent to linking nothing of a person, a
-- call or a contract is read. Whoever refused isn't scored: neither on the visit where they did nor on
-- those before.
{%- set since = epoch_us(add_seconds(as_of(), '-86400 * ' ~ var('activity_days'))) %}
with sessions as (
    select
        entries.session_key,
        case when persons.person_id is not null then 'person' else 'visitor' end as subject_kind,
        coalesce(persons.person_id, entries.visitor_id) as subject_id,
        entries.device_class,
        totals.first_event_us
    from {{ ref('int_journeys__session_entries') }} as entries
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on entries.session_key = totals.session_key
    left join {{ ref('int_journeys__session_persons') }} as persons
        on entries.session_key = persons.session_key
    left join {{ ref('int_identity__visitor_refusals') }} as refusals
        on entries.visitor_id = refusals.visitor_id
    where
        not totals.is_bot
        and not totals.has_denied_consent
        and coalesce({{ epoch_us('refusals.refused_at') }} <= totals.first_event_us, true)
        and totals.first_event_us >= {{ since }}
        and totals.first_event_us <= {{ epoch_us(as_of()) }}
        and coalesce(persons.person_id, entries.visitor_id) is not null
),

points as (
    select
        sessions.subject_kind,
        sessions.subject_id,
        pages.product_id,
        sum(signs.points * least(pages.view_count, signs.max_per_visit)) as points,
        max(pages.last_us) as last_us
    from sessions
    inner join {{ ref('int_journeys__session_pages') }} as pages
        on sessions.session_key = pages.session_key
    inner join {{ ref('appetence_signs') }} as signs
        on signs.sign = 'page' and pages.page_type = signs.code
    where pages.product_id is not null
    group by sessions.subject_kind, sessions.subject_id, pages.product_id
),

best as (
    select
        subject_kind,
        subject_id,
        product_id,
        points
    from points
    qualify
        row_number() over (
            partition by subject_kind, subject_id order by points desc, last_us desc, product_id asc
        ) = 1
),

totals as (
    select
        subject_kind,
        subject_id,
        count(*) as visit_count,
        max(first_event_us) as last_visit_us,
        max(device_class) as device_class
    from sessions
    group by subject_kind, subject_id
)

select
    totals.subject_kind,
    totals.subject_id,
    totals.visit_count,
    {{ timestamp_from_us('totals.last_visit_us') }} as last_visit_at,
    totals.device_class,
    best.product_id,
    cast(coalesce(best.points, 0) as bigint) as interest_points
from totals
left join best
    on totals.subject_kind = best.subject_kind and totals.subject_id = best.subject_id
