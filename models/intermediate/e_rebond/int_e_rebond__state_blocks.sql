-- grain: one row per candidate, house rule and fact that keeps us from calling (candidate_id, rule, fact_id)
with candidates as (
    select * from {{ ref('int_e_rebond__candidates') }}
)

select
    candidates.candidate_id,
    'sale' as rule,
    'conversion:' || conversions.conversion_id as fact_id,
    conversions.converted_at as blocked_from,
    {{ never() }} as blocked_to
from candidates
inner join {{ ref('int_journeys__conversions') }} as conversions
    on
        candidates.person_id = conversions.person_id
        and candidates.product_id = conversions.product_id
where
    conversions.status <> 'withdrawn'
    and {{ sold_since('conversions.converted_at', 'candidates.started_at', 'candidates.consumer_time_zone') }}
union all
-- who looks at what they have wants no offer; who begins a quote for it may want a second one
select
    candidates.candidate_id,
    'sale' as rule,
    'contract:' || contracts.contract_id as fact_id,
    contracts.opened_at,
    coalesce(contracts.closed_at, {{ never() }})
from candidates
inner join {{ ref('e_rebond_triggers') }} as triggers
    on candidates.trigger = triggers.trigger
inner join {{ ref('int_journeys__signed_contracts') }} as contracts
    on candidates.person_id = contracts.person_id and candidates.product_id = contracts.product_id
where
    not triggers.is_express_step
    and contracts.opened_at < candidates.started_at
    and coalesce(contracts.closed_at, {{ never() }}) > candidates.evaluated_at
union all
select
    candidates.candidate_id,
    'lead_in_hand' as rule,
    attempts.evidence,
    attempts.attempted_at,
    {{ add_seconds('attempts.attempted_at', '86400 * ' ~ var('open_lead_days')) }}
from candidates
inner join {{ ref('int_e_rebond__reached_attempts') }} as attempts
    on candidates.candidate_id = attempts.candidate_id
where attempts.is_open
union all
-- somebody of ours spoke to them since: the sign has had its answer
select
    candidates.candidate_id,
    'answered_sign' as rule,
    attempts.evidence,
    attempts.attempted_at,
    {{ never() }}
from candidates
inner join {{ ref('int_e_rebond__reached_attempts') }} as attempts
    on candidates.candidate_id = attempts.candidate_id and candidates.detected_at < attempts.attempted_at
where attempts.is_reached
union all
select distinct
    candidates.candidate_id,
    'complaint' as rule,
    'case:' || cases.case_id as fact_id,
    cases.opened_at,
    coalesce(cases.closed_at, {{ never() }})
from candidates
inner join {{ ref('int_e_rebond__reach') }} as reach
    on candidates.candidate_id = reach.candidate_id and reach.key_type = 'customer_id'
inner join {{ ref('int_canonical__cases') }} as cases
    on reach.key_value = cases.customer_id
where
    {{ alias_key('cases.case_kind') }} = 'complaint'
    and cases.opened_at is not null
    and (cases.closed_at is not null or coalesce({{ alias_key('cases.case_status') }}, 'open') <> 'closed')
union all
select distinct
    candidates.candidate_id,
    'key_moment' as rule,
    'life_event:' || moments.life_event_kind || ':' || cast(events.occurred_date as varchar) as fact_id,
    cast(events.occurred_date as timestamp) as blocked_from,
    cast({{ add_days('events.occurred_date', 'moments.hold_days + 1') }} as timestamp)
from candidates
inner join {{ ref('int_e_rebond__reach') }} as reach
    on candidates.candidate_id = reach.candidate_id and reach.key_type = 'customer_id'
inner join {{ ref('int_canonical__life_events') }} as events
    on reach.key_value = events.customer_id
inner join {{ ref('key_moments') }} as moments
    on {{ alias_key('events.life_event_kind') }} = moments.life_event_kind
union all
select
    candidate_id,
    'navigation_consent' as rule,
    'visitor without consent' as fact_id,
    {{ ever() }},
    {{ never() }}
from candidates
where person_id is null and visitor_id is not null
union all
select
    candidate_id,
    'number' as rule,
    'none' as fact_id,
    {{ ever() }},
    {{ never() }}
from candidates
where phone_hash is null
union all
select
    candidates.candidate_id,
    'threshold' as rule,
    'step:' || cast(candidates.furthest_step as varchar) || ' of ' || cast(candidates.step_count as varchar) as fact_id,
    {{ ever() }},
    {{ never() }}
from candidates
inner join {{ ref('funnels') }} as funnels
    on candidates.funnel = funnels.funnel
where candidates.furthest_step < funnels.rebond_from_step
