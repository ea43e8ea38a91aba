-- grain: one row per source_format, response_id, question_id: also of questions that are no feedback
{% set formats = ['qualtrics', 'typeform'] %}
with answers as (
    {% for format in formats %}
        select
            '{{ format }}' as source_format,
            response_id,
            question_id,
            question_key,
            survey,
            scale_min,
            scale_max,
            score,
            is_test,
            is_complete,
            language,
            asked_at,
            answered_at,
            respondent_kind,
            respondent_key,
            survey_trigger,
            journey_stage,
            channel,
            adviser_id,
            source_call_id
        from {{ ref('stg_surveys__' ~ format) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    answers.source_format,
    answers.response_id,
    answers.question_id,
    answers.survey,
    questions.question,
    questions.feedback_kind,
    questions.feedback_kind not in ('unknown', 'ignored') and not answers.is_test as is_feedback,
    -- The form's own scale comes before the rule's.
    case when answers.scale_max is not null then answers.scale_min else questions.scale_min end as scale_min,
    coalesce(answers.scale_max, questions.scale_max) as scale_max,
    questions.higher_is_better,
    case when questions.feedback_kind <> 'verbatim' then answers.score end as score,
    questions.feedback_kind = 'verbatim' as has_verbatim,
    answers.is_test,
    answers.is_complete,
    answers.language,
    answers.asked_at,
    answers.answered_at,
    answers.respondent_kind,
    answers.respondent_key,
    answers.survey_trigger,
    answers.journey_stage,
    answers.channel,
    answers.adviser_id,
    answers.source_call_id
from answers
inner join {{ ref('int_canonical__survey_questions') }} as questions
    on answers.question_key = questions.question_key
