-- grain: one row per question with a score, asked or answered, and whatever it is reported by (feedback_id)
with unanswered_surveys as (
    select distinct
        source_format,
        coalesce(survey, '') as survey_key
    from {{ ref('int_voice_of_customer__feedback') }}
    where asked_at is not null and given_at is null
),

segments as (
    select
        persons.person_id,
        customers.segment
    from {{ ref('int_identity__persons') }} as persons
    inner join {{ ref('int_canonical__customers') }} as customers
        on persons.customer_id = customers.customer_id
)

select
    feedback.feedback_id,
    scores.measure,
    cast(date_trunc('month', {{ utc_to_local(
        'coalesce(feedback.asked_at, feedback.given_at)', "'" ~ var('business_time_zone') ~ "'"
    ) }}) as date) as month,
    coalesce(feedback.survey_trigger, 'none') as survey_trigger,
    persons.person_id,
    coalesce(persons.person_id, feedback.respondent_key, feedback.feedback_id) as respondent_key,
    -- in ten-thousandths, so that no order of adding changes a mean; a rating as share of the best
    cast(round(10000 * case when scores.measure = 'rating' then scores.best_share else scores.score end) as bigint)
        as score_units,
    -- scores of different scales have no mean in common, shares of the best have
    case
        when scores.measure <> 'rating'
            then {{ hash_key(['feedback.scale_min', 'feedback.scale_max', 'feedback.higher_is_better']) }}
    end as scale_key,
    scores.is_promoter,
    scores.is_detractor,
    scores.is_favourable,
    -- what nobody answered is only known where the tool delivers it
    unanswered_surveys.source_format is not null and feedback.asked_at is not null as is_response_known,
    scores.score_status <> 'missing' as is_answered,
    coalesce(solicitations.is_over_cap, false) as is_over_cap,
    -- clocks that put the answer before the question tell no time
    case
        when feedback.given_at >= feedback.asked_at
            then {{ seconds_between('feedback.asked_at', 'feedback.given_at') }}
    end as answer_seconds,
    {{ seconds_between('calls.ended_at', 'feedback.asked_at') }} as asked_after_seconds,
    feedback.survey,
    feedback.journey_stage,
    coalesce(feedback.contact_channel, case when calls.call_id is not null then 'phone' end) as contact_channel,
    coalesce(feedback.adviser_id, calls.adviser_id) as adviser_id,
    feedback.product_id,
    segments.segment
from {{ ref('int_voice_of_customer__feedback') }} as feedback
inner join {{ ref('int_voice_of_customer__scores') }} as scores
    on feedback.feedback_id = scores.feedback_id
left join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
    on feedback.feedback_id = persons.feedback_id
left join segments on persons.person_id = segments.person_id
left join {{ ref('int_voice_of_customer__solicitations') }} as solicitations
    on
        feedback.source_format = solicitations.source_format
        and feedback.source_response_id = solicitations.source_response_id
left join unanswered_surveys
    on
        feedback.source_format = unanswered_surveys.source_format
        and coalesce(feedback.survey, '') = unanswered_surveys.survey_key
left join {{ ref('int_canonical__call_references') }} as call_references
    on feedback.source_call_id = call_references.source_id
left join {{ ref('int_canonical__calls') }} as calls
    on call_references.call_id = calls.call_id
where scores.measure is not null and coalesce(feedback.asked_at, feedback.given_at) is not null
