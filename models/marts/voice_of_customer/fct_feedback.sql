-- grain: one row per feedback_id: an answer to a survey's question, or a review
select
    feedback.feedback_id,
    feedback.source_format,
    feedback.source_response_id,
    feedback.question_id,
    feedback.survey,
    persons.person_id,
    call_references.call_id,
    feedback.feedback_kind as kind,
    scores.score,
    scores.score_status,
    feedback.scale_min,
    feedback.scale_max,
    feedback.higher_is_better,
    scores.is_promoter,
    scores.is_detractor,
    feedback.has_verbatim,
    -- Filled by the analysis of texts.
    cast(null as varchar) as sentiment,
    cast(null as varchar) as theme,
    feedback.language,
    feedback.journey_stage,
    feedback.contact_channel,
    feedback.adviser_id,
    feedback.product_id,
    feedback.survey_trigger as trigger,
    feedback.asked_at,
    feedback.given_at
from {{ ref('int_voice_of_customer__feedback') }} as feedback
inner join {{ ref('int_voice_of_customer__scores') }} as scores
    on feedback.feedback_id = scores.feedback_id
left join {{ ref('int_voice_of_customer__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_call_id
left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
    on feedback.feedback_id = persons.feedback_id
