-- grain: one row per target that was called: whether it was sold to, and what was known before (lead_id)
--
-- The signals are those that the ledger kept when the target was planned: they cannot know what the
-- call led to.
select
    targets.target_id as lead_id,
    targets.planned_at as known_at,
    max(case when outcomes.result = 'sold' then 1 else 0 end) = 1 as is_sold,
    targets.trigger,
    targets.product_id,
    targets.step_rate,
    targets.hours_since_sign,
    targets.visit_count,
    targets.inbound_call_count,
    targets.call_attempt_count,
    targets.contract_count,
    targets.customer_days,
    targets.complaint_count
from {{ ref('int_canonical__planned_targets') }} as targets
inner join {{ ref('int_canonical__lead_outcomes') }} as outcomes
    on targets.target_id = outcomes.target_id
where outcomes.attempted_at >= targets.planned_at and outcomes.attempted_at < {{ as_of() }}
group by
    targets.target_id, targets.planned_at, targets.trigger, targets.product_id,
    targets.step_rate, targets.hours_since_sign, targets.visit_count, targets.inbound_call_count,
    targets.call_attempt_count, targets.contract_count, targets.customer_days, targets.complaint_count
