-- Nobody who is on a suppression list, or in a control household, is addressed by another audience.
select
    members.audience_id,
    members.subject_id
from {{ ref('audience_members') }} as members
inner join {{ ref('audience_rules') }} as rules
    on members.audience_code = rules.audience_code and rules.audience_kind <> 'suppression'
inner join {{ ref('int_customer_360__audience_people') }} as suppressed
    on members.subject_kind = 'person' and members.subject_id = suppressed.person_id
inner join {{ ref('audience_rules') }} as suppressing
    on suppressed.audience_code = suppressing.audience_code and suppressing.audience_kind = 'suppression'
