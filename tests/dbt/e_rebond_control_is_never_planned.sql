-- A household that is kept as control is called by no plan, unless it asked to be.
select
    plan.target_id,
    plan.candidate_id
from {{ ref('int_e_rebond__plan') }} as plan
inner join {{ ref('int_e_rebond__control_groups') }} as groups_drawn
    on plan.candidate_id = groups_drawn.candidate_id
where groups_drawn.is_control
