-- grain: one row per lead that has a slot by this run's plan (target_id)
with slots as (
    select
        candidate_id,
        slot_start_at,
        slot_end_at,
        team,
        adviser_skills,
        adviser_languages
    from {{ ref('int_e_rebond__kept_targets') }}
    union all
    select
        candidate_id,
        slot_start_at,
        slot_end_at,
        team,
        adviser_skills,
        adviser_languages
    from {{ ref('int_e_rebond__assignments') }}
),

placed as (
    select
        slots.*,
        candidates.household_key,
        candidates.person_id,
        candidates.visitor_id,
        candidates.product_id,
        candidates.trigger,
        candidates.is_customer,
        candidates.expires_at,
        candidates.consumer_time_zone,
        candidates.language,
        candidates.furthest_step,
        candidates.step_count,
        cast({{ utc_to_local('slots.slot_start_at', 'candidates.consumer_time_zone') }} as date) as call_date,
        coalesce(own.skill, usual.skill) as skill,
        triggers.is_request
    from slots
    inner join {{ ref('int_e_rebond__candidates') }} as candidates
        on slots.candidate_id = candidates.candidate_id
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on candidates.trigger = triggers.trigger
    left join {{ ref('lead_skills') }} as own
        on candidates.product_id = own.product_id
    left join {{ ref('lead_skills') }} as usual
        on usual.product_id = '*'
)

select
    -- a lead is one target, however often it is planned
    {{ hash_key(["'target'", 'placed.candidate_id']) }} as target_id,
    placed.candidate_id,
    placed.household_key,
    placed.person_id,
    placed.visitor_id,
    placed.product_id,
    placed.trigger,
    placed.is_customer,
    placed.call_date,
    placed.slot_start_at,
    placed.slot_end_at,
    placed.consumer_time_zone,
    placed.team,
    placed.skill,
    placed.language,
    placed.adviser_skills,
    placed.adviser_languages,
    row_number() over (
        partition by placed.team, placed.call_date
        order by placed.is_request desc, scores.expected_value_eur desc, placed.candidate_id asc
    ) as priority_rank,
    least(placed.expires_at, coalesce(eligibility.callable_until, placed.expires_at)) as expires_at,
    -- a consent may have run out by then, and something else carries the call
    coalesce(grounds.legal_basis, eligibility.legal_basis) as legal_basis,
    case when grounds.legal_basis is null then eligibility.consent_id else grounds.consent_id end as consent_id,
    -- codes only: what an adviser reads reveals nothing of anybody else
    case
        when placed.furthest_step is null then scores.reasons
        else
            coalesce(scores.reasons || '|', '') || 'step_' || cast(placed.furthest_step as varchar)
            || '_of_' || cast(placed.step_count as varchar)
    end as adviser_context,
    scores.expected_value_eur,
    scores.model_version
from placed
inner join {{ ref('int_e_rebond__scores') }} as scores
    on placed.candidate_id = scores.candidate_id
inner join {{ ref('int_e_rebond__eligibility') }} as eligibility
    on placed.candidate_id = eligibility.candidate_id
left join {{ ref('int_e_rebond__accepted_permissions') }} as grounds
    on
        placed.candidate_id = grounds.candidate_id
        and greatest(placed.slot_start_at, {{ as_of() }}) >= grounds.accepted_from
        and greatest(placed.slot_start_at, {{ as_of() }}) < grounds.accepted_until
