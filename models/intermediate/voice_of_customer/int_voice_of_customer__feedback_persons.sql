-- grain: one row per feedback whose author is known (feedback_id)
--
-- Who answered comes before who had called.
with feedback as (
    select
        feedback_id,
        source_call_id,
        given_at,
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
    where
        members.identifier_type = 'customer_id'
        or ({{ held_at('members', 'feedback.given_at') }})
)

select
    feedback.feedback_id,
    coalesce(respondents.person_id, callers.person_id) as person_id
from feedback
left join respondents
    on feedback.feedback_id = respondents.feedback_id
left join {{ ref('int_voice_of_customer__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_call_id
left join {{ ref('int_journeys__call_persons') }} as callers
    on call_references.call_id = callers.call_id
where respondents.person_id is not null or callers.person_id is not null
