-- grain: one row per request for an answer (source_format, source_response_id)
--
-- Somebody who was asked survey_cap_count times within survey_cap_days is asked too often.
with asked as (
    select
        feedback.source_format,
        feedback.source_response_id,
        max(coalesce(persons.person_id, feedback.respondent_key)) as respondent_key,
        min(feedback.asked_at) as asked_at
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
        on feedback.feedback_id = persons.feedback_id
    where feedback.asked_at is not null
    group by feedback.source_format, feedback.source_response_id
)

select
    source_format,
    source_response_id,
    respondent_key,
    asked_at,
    coalesce(
        respondent_key is not null
        and {{ seconds_between(
            'lag(asked_at, ' ~ var('survey_cap_count') ~ ') over ('
            ~ 'partition by respondent_key order by asked_at asc, source_format asc, source_response_id asc)',
            'asked_at'
        ) }} < 86400 * {{ var('survey_cap_days') }},
        false
    ) as is_over_cap
from asked
