-- grain: one row per text that may be analysed (text_kind, record_id): in restricted, a view, never copied
--
-- Beside the words stand what the adviser coded and how the customer scored, for classifiers to learn from.
{{ config(schema='restricted', materialized='view') }}

-- The worst score of a response counts: words are about what went wrong.
with scored as (
    select
        feedback.source_format,
        feedback.source_response_id,
        min(case when scores.is_favourable then 1 when scores.is_unfavourable then -1 else 0 end) as direction
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_voice_of_customer__scores') }} as scores
        on feedback.feedback_id = scores.feedback_id
    where scores.score_status = 'valid'
    group by feedback.source_format, feedback.source_response_id
),

directions as (
    select
        feedback.feedback_id,
        case scored.direction when 1 then 'positive' when -1 then 'negative' end as coded_sentiment
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join scored
        on
            feedback.source_format = scored.source_format
            and feedback.source_response_id = scored.source_response_id
)

select
    texts.text_kind,
    texts.record_id,
    texts.told,
    texts.language,
    calls.reason_code as coded_reason,
    directions.coded_sentiment
from {{ ref('int_canonical__texts') }} as texts
left join {{ ref('int_canonical__calls') }} as calls
    on case when texts.text_kind in ('transcript', 'wrap_up') then texts.record_id end = calls.call_id
left join {{ ref('int_voice_of_customer__analysable_calls') }} as analysable
    on texts.record_id = analysable.call_id
left join directions
    on case when texts.text_kind in ('answer', 'review') then texts.record_id end = directions.feedback_id
where texts.text_kind <> 'transcript' or analysable.call_id is not null
