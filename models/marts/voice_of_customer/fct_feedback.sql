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
    codes.sentiment,
    codes.theme,
    codes.emotion,
    coalesce(feedback.language, codes.language) as language,
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
left join {{ ref('int_canonical__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_id
left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
    on feedback.feedback_id = persons.feedback_id
left join {{ ref('int_voice_of_customer__text_codes') }} as codes
    on
        codes.text_kind in ('answer', 'review')
        and feedback.feedback_id = codes.record_id
