-- grain: one row per experiment and subject that saw one variant only (experiment, subject_kind, subject_key)
--
-- A visitor's success is a funnel completed in the visitor's own sessions, which needs no link to a
-- person; a customer's, an address's or a number's is a sale of the person who held it then, unless it was withdrawn.
with subjects as (
    select
        experiment,
        subject_kind,
        subject_key,
        min(variant) as variant,
        min(assigned_at) as assigned_at
    from {{ ref('int_canonical__experiments') }}
    where assigned_at <= {{ as_of() }}
    group by experiment, subject_kind, subject_key
    having count(distinct variant) = 1
),

successes as (
    select distinct
        'visitor_id' as subject_kind,
        entries.visitor_id as subject_key,
        {{ timestamp_from_us('events.occurred_us') }} as succeeded_at
    from {{ ref('int_journeys__page_events') }} as events
    inner join {{ ref('int_journeys__shape_steps') }} as steps
        on events.shape_key = steps.shape_key and steps.is_completion
    inner join {{ ref('int_journeys__session_entries') }} as entries
        on events.session_key = entries.session_key
    union all
    select distinct
        subjects.subject_kind,
        subjects.subject_key,
        conversions.converted_at as succeeded_at
    from subjects
    inner join {{ ref('int_identity__members') }} as members
        on
            {{ identifier_type('subjects.subject_kind') }} = members.identifier_type
            and subjects.subject_key = members.identifier_value
            and (members.identifier_type = 'customer_id' or ({{ held_at('members', 'subjects.assigned_at') }}))
    inner join {{ ref('int_journeys__conversions') }} as conversions
        on members.person_id = conversions.person_id
    where subjects.subject_kind <> 'visitor_id' and conversions.status <> 'withdrawn'
)

select
    subjects.experiment,
    subjects.subject_kind,
    subjects.subject_key,
    subjects.variant,
    count(successes.subject_key) > 0 as is_converted
from subjects
left join successes
    on
        subjects.subject_kind = successes.subject_kind
        and subjects.subject_key = successes.subject_key
        and subjects.assigned_at <= successes.succeeded_at
        and {{ add_seconds('subjects.assigned_at', var('experiment_days') * 86400) }} >= successes.succeeded_at
group by subjects.experiment, subjects.subject_kind, subjects.subject_key, subjects.variant
