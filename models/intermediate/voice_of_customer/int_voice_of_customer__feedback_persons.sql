-- grain: one row per feedback whose author is known (feedback_id)
--
-- Who answered comes before who had called. A visitor is named only while their navigation may be linked.
with feedback as (
    select
        feedback_id,
        source_call_id,
        given_at,
        respondent_kind,
        {{ identifier_type('respondent_kind') }} as identifier_type,
        respondent_key
    from {{ ref('int_voice_of_customer__feedback') }}
),

-- by itself: an outer join with a condition on times compares every row with every other
respondents as (
    select
        feedback.feedback_id,
        members.person_id
    from feedback
    inner join {{ ref('int_identity__members') }} as members
        on
            feedback.identifier_type = members.identifier_type
            and feedback.respondent_key = members.identifier_value
    left join {{ ref('int_identity__linkable_visitors') }} as linkable
        on feedback.respondent_key = linkable.visitor_id
    where
        case feedback.respondent_kind
            when 'customer_id' then true
            when 'visitor_id'
                then
                    feedback.given_at >= linkable.linkable_from
                    and feedback.given_at < linkable.linkable_to
                    and ({{ held_at('members', 'feedback.given_at') }})
            else {{ held_at('members', 'feedback.given_at') }}
        end
)

select
    feedback.feedback_id,
    coalesce(respondents.person_id, callers.person_id) as person_id
from feedback
left join respondents
    on feedback.feedback_id = respondents.feedback_id
left join {{ ref('int_canonical__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_id
left join {{ ref('int_journeys__call_persons') }} as callers
    on call_references.call_id = callers.call_id
where respondents.person_id is not null or callers.person_id is not null
