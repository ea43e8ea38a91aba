-- grain: one row per kind of work, queue and half hour to come (work, queue, half_hour_at)
with inbound as (
    select
        expected.queue,
        handling.skill,
        expected.half_hour_at,
        expected.expected_calls,
        expected.handling_seconds,
        needed.load_erlangs,
        needed.needed_agents,
        expected.planned_agents,
        needed.planned_service_level,
        needed.planned_abandonment_rate,
        needed.planned_occupancy,
        expected.target_rate
    from {{ ref('int_contact_centre__expected_load') }} as expected
    inner join {{ ref('int_contact_centre__agents_needed') }} as needed
        on expected.queue = needed.queue and expected.half_hour_at = needed.half_hour_at
    inner join {{ ref('int_contact_centre__queue_handling') }} as handling
        on expected.queue = handling.queue
),

-- Who takes leads also takes the calls of their skill: leads get whom those leave.
left_by_skill as (
    select
        half_hour_at,
        skill,
        greatest(max(planned_agents) - sum(needed_agents), 0) as agents
    from inbound
    where skill in (select lead_skills.skill from {{ ref('lead_skills') }} as lead_skills)
    group by half_hour_at, skill
),

left_over as (
    select
        half_hour_at,
        sum(agents) as agents
    from left_by_skill
    group by half_hour_at
),

leads as (
    select
        calls.half_hour_at,
        calls.expected_calls,
        calls.handling_seconds,
        calls.expected_calls * calls.handling_seconds / 1800 as load_erlangs,
        left_over.agents as planned_agents
    from {{ ref('int_contact_centre__lead_calls') }} as calls
    left join left_over
        on calls.half_hour_at = left_over.half_hour_at
)

select
    'inbound' as work,
    queue,
    half_hour_at,
    expected_calls,
    handling_seconds,
    load_erlangs,
    needed_agents,
    planned_agents,
    planned_agents - needed_agents as gap_agents,
    target_rate,
    planned_service_level,
    planned_abandonment_rate,
    planned_occupancy
from inbound
union all
select
    'leads' as work,
    'leads' as queue,
    half_hour_at,
    expected_calls,
    handling_seconds,
    load_erlangs,
    -- nobody waits for these calls to be made: agents work at the occupancy that is set
    cast(ceil(load_erlangs / {{ var('adviser_occupancy') }}) as bigint) as needed_agents,
    planned_agents,
    planned_agents - ceil(load_erlangs / {{ var('adviser_occupancy') }}) as gap_agents,
    cast(null as double) as target_rate,
    cast(null as double) as planned_service_level,
    cast(null as double) as planned_abandonment_rate,
    cast(null as double) as planned_occupancy
from leads
