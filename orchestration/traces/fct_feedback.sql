-- $1: feedback_id. An answer to a survey's question, or a review.
with feedback as (
    select source_format, source_response_id, question_id
    from marts.fct_feedback
    where feedback_id = $1
),

delivered as (
    select 'surveys/flat' as source, 'flat' as source_format, response_id, question_id, row_id
    from staging.stg_surveys__flat
    union all
    select 'surveys/qualtrics', 'qualtrics', response_id, question_id, row_id
    from staging.stg_surveys__qualtrics
    union all
    select 'surveys/typeform', 'typeform', response_id, question_id, row_id
    from staging.stg_surveys__typeform
    union all
    select 'social/reviews', 'reviews', review_id, null, row_id from staging.stg_social__reviews
)

select 'answer' as role, delivered.source, delivered.row_id
from feedback
inner join delivered
    on
        feedback.source_format = delivered.source_format
        and feedback.source_response_id = delivered.response_id
        and feedback.question_id is not distinct from delivered.question_id
