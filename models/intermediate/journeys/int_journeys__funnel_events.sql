-- grain: one row per step of a funnel that somebody took (event_hash, funnel)
--
-- Somebody is the person where consent allows it to be said, else the visitor alone. Events without
-- a visitor are nobody's.
with subjects as (
    select
        entries.session_key,
        entries.session_id,
        case when persons.person_id is not null then 'person' else 'visitor' end as subject_kind,
        coalesce(persons.person_id, entries.visitor_id) as person_or_visitor_id
    from {{ ref('int_journeys__session_entries') }} as entries
    left join {{ ref('int_journeys__session_persons') }} as persons
        on entries.session_key = persons.session_key
    where coalesce(persons.person_id, entries.visitor_id) is not null
)

select
    events.event_hash,
    events.occurred_us,
    steps.funnel,
    steps.step_number,
    steps.is_first_step,
    steps.is_completion,
    subjects.session_id,
    subjects.subject_kind,
    subjects.person_or_visitor_id,
    classes.product_id,
    {{ narrow_hash([
        'steps.funnel', 'subjects.subject_kind', 'subjects.person_or_visitor_id', 'classes.product_id'
    ]) }} as owner_key
from {{ ref('int_journeys__page_events') }} as events
inner join {{ ref('int_journeys__shape_steps') }} as steps
    on events.shape_key = steps.shape_key
inner join {{ ref('int_journeys__page_classes') }} as classes
    on events.shape_key = classes.shape_key
inner join subjects on events.session_key = subjects.session_key
