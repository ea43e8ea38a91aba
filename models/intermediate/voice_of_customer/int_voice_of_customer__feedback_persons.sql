-- grain: one row per feedback whose author is known (feedback_id)
--
-- Who answered comes before who had called. A visitor is named only while their navigation may be linked.
with answerers as (
    select
        feedback.feedback_id,
        members.person_id
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_identity__members') }} as members
        on
            {{ identifier_type('feedback.respondent_kind') }} = members.identifier_type
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
),

callers as (
    select
        feedback.feedback_id,
        persons.person_id
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on feedback.source_call_id = call_references.source_id
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on call_references.call_id = persons.call_id
)

select
    coalesce(answerers.feedback_id, callers.feedback_id) as feedback_id,
    coalesce(answerers.person_id, callers.person_id) as person_id
from answerers
full outer join callers on answerers.feedback_id = callers.feedback_id
