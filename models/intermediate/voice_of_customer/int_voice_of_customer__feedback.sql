-- grain: one row per feedback_id: an answer to a survey's question, or a review
select
    {{ hash_key(["'surveys'", 'source_format', 'response_id', 'question_id']) }} as feedback_id,
    source_format,
    response_id as source_response_id,
    question_id,
    survey,
    feedback_kind,
    score,
    scale_min,
    scale_max,
    higher_is_better,
    has_verbatim,
    language,
    journey_stage,
    contact_channel,
    adviser_id,
    cast(null as varchar) as product_id,
    source_call_id,
    survey_trigger,
    asked_at,
    answered_at as given_at,
    respondent_kind,
    respondent_key
from {{ ref('int_canonical__feedback_answers') }}
union all
select
    {{ hash_key(["'social'", 'source_format', 'review_id', "''"]) }} as feedback_id,
    source_format,
    review_id as source_response_id,
    cast(null as varchar) as question_id,
    platform as survey,
    case when rating is null and has_verbatim then 'verbatim' else 'rating' end as feedback_kind,
    rating as score,
    -- A platform publishes its best rating only; no lower bound is guessed.
    cast(null as decimal(18, 4)) as scale_min,
    rating_max as scale_max,
    true as higher_is_better,
    has_verbatim,
    language,
    'share' as journey_stage,
    'social' as contact_channel,
    cast(null as varchar) as adviser_id,
    product_id,
    cast(null as varchar) as source_call_id,
    cast(null as varchar) as survey_trigger,
    cast(null as timestamp) as asked_at,
    created_at as given_at,
    case
        when customer_id is not null then 'customer_id'
        else 'social_handle'
    end as respondent_kind,
    coalesce(customer_id, author_hash) as respondent_key
from {{ ref('int_canonical__reviews') }}
