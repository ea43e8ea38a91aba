-- grain: one row per source_format, response_id, question_id
{% set shared_columns = [
    'response_id', 'question_id', 'survey', 'feedback_kind', 'scale_min', 'scale_max', 'higher_is_better', 'score',
    'has_verbatim', 'asked_at', 'answered_at', 'respondent_kind', 'respondent_key', 'survey_trigger', 'journey_stage',
    'channel', 'adviser_id', 'source_call_id',
] %}
with answers as (
    select
        'flat' as source_format,
        {{ shared_columns | join(',\n        ') }},
        cast(null as varchar) as language
    from {{ ref('stg_surveys__flat') }}
    union all
    select
        source_format,
        {{ shared_columns | join(',\n        ') }},
        language
    from {{ ref('int_canonical__survey_answers') }}
    where is_feedback
)

select
    answers.source_format,
    answers.response_id,
    answers.question_id,
    answers.survey,
    answers.feedback_kind,
    -- NPS is defined on 0 to 10 with high as good; other kinds need their scale from the survey.
    case
        when answers.feedback_kind = 'nps' then coalesce(answers.scale_min, 0)
        else answers.scale_min
    end as scale_min,
    case
        when answers.feedback_kind = 'nps' then coalesce(answers.scale_max, 10)
        else answers.scale_max
    end as scale_max,
    case
        when answers.feedback_kind = 'nps' then coalesce(answers.higher_is_better, true)
        else answers.higher_is_better
    end as higher_is_better,
    answers.score,
    answers.has_verbatim,
    answers.language,
    answers.asked_at,
    answers.answered_at,
    answers.respondent_kind,
    answers.respondent_key,
    answers.survey_trigger,
    stages.journey_stage,
    channels.contact_channel,
    answers.adviser_id,
    answers.source_call_id
from answers
left join {{ ref('contact_channels') }} as channels
    on {{ alias_key('answers.channel') }} = channels.alias
left join {{ ref('journey_stages') }} as stages
    on {{ alias_key('answers.journey_stage') }} = stages.journey_stage
