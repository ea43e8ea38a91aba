-- Nobody of the control group is in an audience.
select
    audiences.audience_id,
    audiences.candidate_id
from {{ ref('retargeting_audiences') }} as audiences
inner join {{ ref('int_e_rebond__control_groups') }} as groups_drawn
    on audiences.candidate_id = groups_drawn.candidate_id
where groups_drawn.is_control
