-- grain: one row per eligible lead that is not called, and why (candidate_id)
--
-- Whoever has had a slot and wasn't reached is here too.
with last_results as (
    select
        target_id,
        result
    from {{ ref('int_canonical__lead_outcomes') }}
    where attempted_at < {{ as_of() }}
    qualify row_number() over (partition by target_id order by attempted_at desc, target_id asc) = 1
),

needs as (
    select distinct
        skill,
        language
    from {{ ref('int_e_rebond__callable_leads') }}
),

-- Whether anybody with the skill and the language is there at all.
able as (
    select distinct
        needs.skill,
        needs.language
    from needs
    inner join {{ ref('int_e_rebond__capacity') }} as capacity
        on
            capacity.call_capacity > 0
            and {{ has_token('capacity.skill', 'needs.skill') }}
            and (needs.language is null or {{ has_token('capacity.language', 'needs.language') }})
)

select
    leads.candidate_id,
    leads.expected_value_eur,
    case when able.skill is null then 'no_adviser' else 'no_capacity' end as reason
from {{ ref('int_e_rebond__callable_leads') }} as leads
left join {{ ref('int_e_rebond__assignments') }} as assignments
    on leads.candidate_id = assignments.candidate_id
left join able
    on leads.skill = able.skill and coalesce(leads.language, '') = coalesce(able.language, '')
where assignments.candidate_id is null
union all
select
    groups_drawn.candidate_id,
    scores.expected_value_eur,
    'control' as reason
from {{ ref('int_e_rebond__control_groups') }} as groups_drawn
inner join {{ ref('int_e_rebond__scores') }} as scores
    on groups_drawn.candidate_id = scores.candidate_id
where groups_drawn.is_control
union all
select
    groups_drawn.candidate_id,
    scores.expected_value_eur,
    'not_reached' as reason
from {{ ref('int_e_rebond__control_groups') }} as groups_drawn
inner join {{ ref('int_e_rebond__scores') }} as scores
    on groups_drawn.candidate_id = scores.candidate_id
inner join {{ ref('int_canonical__planned_targets') }} as targets
    on groups_drawn.candidate_id = targets.candidate_id
inner join last_results
    on targets.target_id = last_results.target_id and last_results.result = 'no_answer'
left join {{ ref('int_e_rebond__plan') }} as plan
    on groups_drawn.candidate_id = plan.candidate_id
left join {{ ref('int_e_rebond__callable_leads') }} as leads
    on groups_drawn.candidate_id = leads.candidate_id
where not groups_drawn.is_control and plan.candidate_id is null and leads.candidate_id is null
