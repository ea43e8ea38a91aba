-- grain: one row per moment at which somebody met an obstacle: a complaint, or an attempt given up (friction_id)
with steps as (
    select
        funnel,
        step_number,
        min(step_name) as step_name
    from {{ ref('funnel_steps') }}
    group by funnel, step_number
)

select
    grievance_id as friction_id,
    person_id,
    subject_key,
    raised_at as occurred_at,
    coalesce(journey_stage, 'unknown') as journey_stage,
    coalesce(contact_channel, 'unknown') as step,
    reason
from {{ ref('int_voice_of_customer__grievances') }}
where raised_at <= {{ as_of() }}
union all
select
    {{ hash_key(["'funnel'", 'attempts.funnel', 'attempts.person_or_visitor_id', 'attempts.attempt']) }} as friction_id,
    case when attempts.subject_kind = 'person' then attempts.person_or_visitor_id end as person_id,
    attempts.person_or_visitor_id as subject_key,
    attempts.abandoned_at as occurred_at,
    'buy' as journey_stage,
    attempts.funnel || ':'
    || coalesce(steps.step_name, cast(attempts.furthest_step as {{ dbt.type_string() }})) as step,
    'abandoned' as reason
from {{ ref('int_journeys__funnel_progress') }} as attempts
left join steps
    on attempts.funnel = steps.funnel and attempts.furthest_step = steps.step_number
where attempts.abandoned_at <= {{ as_of() }}
