-- grain: one row per answer, review, post, call or case in which somebody complains (grievance_id)
--
-- An adviser's note is no complaint; a post counts only where it blames for something named.
with responses as (
    select
        case when feedback.source_format = 'reviews' then 'review' else 'survey' end as source,
        feedback.source_format || ':' || feedback.source_response_id as source_record,
        max(persons.person_id) as person_id,
        max(feedback.respondent_key) as respondent_key,
        min(feedback.given_at) as raised_at,
        max(reviews.replied_at) as answered_at,
        max(feedback.journey_stage) as journey_stage,
        max(feedback.contact_channel) as contact_channel,
        max(feedback.product_id) as product_id,
        min(coalesce(texts.irritant, texts.contact_reason)) as reason,
        max(texts.switching_threat) as switching_threat,
        min(texts.emotion) as emotion,
        max(case when scores.is_unfavourable then 1 else 0 end) = 1 as is_unfavourable,
        max(case when texts.irritant is not null or texts.switching_threat is not null then 1 else 0 end) = 1
            as is_complaint
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_voice_of_customer__scores') }} as scores
        on feedback.feedback_id = scores.feedback_id
    left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
        on feedback.feedback_id = persons.feedback_id
    left join {{ ref('int_voice_of_customer__coded_texts') }} as texts
        on feedback.feedback_id = texts.record_id and texts.text_kind in ('answer', 'review')
    left join {{ ref('int_canonical__reviews') }} as reviews
        on
            feedback.source_format = reviews.source_format
            and feedback.source_response_id = reviews.review_id
    where feedback.given_at is not null
    group by 1, 2
),

cases as (
    select
        cases.*,
        members.person_id,
        interactions.journey_stage
    from {{ ref('int_canonical__cases') }} as cases
    left join {{ ref('int_identity__members') }} as members
        on members.identifier_type = 'customer_id' and cases.customer_id = members.identifier_value
    left join {{ ref('int_journeys__interactions') }} as interactions
        on {{ hash_key(["'case'", 'cases.case_id']) }} = interactions.interaction_id
    where {{ alias_key('cases.case_kind') }} = 'complaint' and cases.opened_at is not null
),

raised as (
    select
        source,
        source_record,
        person_id,
        respondent_key,
        raised_at,
        answered_at,
        journey_stage,
        contact_channel,
        product_id,
        coalesce(reason, 'unstated') as reason,
        switching_threat is not null as is_leaving,
        emotion,
        is_unfavourable or switching_threat is not null as is_alert
    from responses
    where is_unfavourable or is_complaint
    union all
    select
        case when text_kind = 'post' then 'post' else 'call' end as source,
        record_id as source_record,
        person_id,
        record_id as respondent_key,
        said_at as raised_at,
        cast(null as timestamp) as answered_at,
        journey_stage,
        contact_channel,
        product_id,
        coalesce(irritant, contact_reason, 'unstated') as reason,
        switching_threat is not null as is_leaving,
        emotion,
        text_kind = 'post' or switching_threat is not null as is_alert
    from {{ ref('int_voice_of_customer__coded_texts') }}
    where
        text_kind in ('post', 'transcript')
        and said_at is not null
        and (switching_threat is not null or (irritant is not null and sentiment = 'negative'))
    union all
    select
        'case' as source,
        case_id as source_record,
        person_id,
        customer_id as respondent_key,
        opened_at as raised_at,
        closed_at as answered_at,
        journey_stage,
        contact_channel,
        cast(null as varchar) as product_id,
        coalesce(reason_code, 'unstated') as reason,
        false as is_leaving,
        cast(null as varchar) as emotion,
        true as is_alert
    from cases
)

select
    {{ hash_key(['source', 'source_record']) }} as grievance_id,
    source,
    source_record,
    person_id,
    coalesce(person_id, respondent_key, source_record) as subject_key,
    raised_at,
    answered_at,
    journey_stage,
    contact_channel,
    product_id,
    reason,
    is_leaving,
    emotion,
    is_alert
from raised
