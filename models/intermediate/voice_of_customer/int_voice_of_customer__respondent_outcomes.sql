-- grain: one row per measure and person, by the first score, with what the person did after it (measure, person_id)
--
-- Only scores that are friction_outcome_days old. Of reviews, the measure `review`, customers who wrote
-- none stand beside those who did, watched from the window's beginning.
{%- set since = add_seconds(as_of(), '-86400 * ' ~ (var('friction_history_days') + var('friction_outcome_days'))) %}
{%- set until = add_seconds(as_of(), '-86400 * ' ~ var('friction_outcome_days')) %}
with scored as (
    select
        persons.person_id,
        scores.measure,
        feedback.feedback_id,
        feedback.given_at,
        feedback.source_format,
        -- the higher the better, on whatever scale: 0 is the worst answer, 10000 the best
        cast(round(10000 * case
            when scores.measure = 'rating' then scores.best_share
            when feedback.higher_is_better
                then (scores.score - feedback.scale_min) / nullif(feedback.scale_max - feedback.scale_min, 0)
            else (feedback.scale_max - scores.score) / nullif(feedback.scale_max - feedback.scale_min, 0)
        end) as bigint) as score_key,
        case
            when scores.is_favourable then 'favourable'
            when scores.is_unfavourable then 'unfavourable'
            else 'neutral'
        end as answer
    from {{ ref('int_voice_of_customer__feedback') }} as feedback
    inner join {{ ref('int_voice_of_customer__scores') }} as scores
        on feedback.feedback_id = scores.feedback_id
    inner join {{ ref('int_voice_of_customer__feedback_persons') }} as persons
        on feedback.feedback_id = persons.feedback_id
    where
        scores.score_status = 'valid'
        and feedback.given_at > {{ since }}
        and feedback.given_at <= {{ until }}
),

firsts as (
    select *
    from scored
    qualify row_number() over (partition by measure, person_id order by given_at, feedback_id) = 1
),

reviewers as (
    select *
    from scored
    where source_format = 'reviews'
    qualify row_number() over (partition by person_id order by given_at, feedback_id) = 1
),

moments as (
    select
        measure,
        person_id,
        given_at,
        score_key,
        answer
    from firsts
    union all
    select
        'review' as measure,
        persons.person_id,
        coalesce(reviewers.given_at, {{ since }}) as given_at,
        reviewers.score_key,
        coalesce(reviewers.answer || '_review', 'no_review') as answer
    from {{ ref('int_identity__persons') }} as persons
    left join reviewers on persons.person_id = reviewers.person_id
    where persons.is_customer
),

purchases as (
    select
        moments.measure,
        moments.person_id,
        count(*) as purchase_count,
        sum(sales.net_revenue_eur) as revenue_eur
    from moments
    inner join {{ ref('int_journeys__conversions') }} as sales
        on
            moments.person_id = sales.person_id
            and moments.given_at < sales.converted_at
            and sales.converted_at <= {{ add_seconds('moments.given_at', '86400 * ' ~ var('friction_outcome_days')) }}
            and sales.status = 'signed'
    group by moments.measure, moments.person_id
),

holdings as (
    select
        moments.measure,
        moments.person_id,
        max(case
            when
                contracts.closed_at
                <= {{ add_seconds('moments.given_at', '86400 * ' ~ var('friction_outcome_days')) }} then 1
            else 0
        end) = 1 as is_lost
    from moments
    inner join {{ ref('int_journeys__signed_contracts') }} as contracts
        on
            moments.person_id = contracts.person_id
            and moments.given_at >= contracts.opened_at
            and coalesce(moments.given_at < contracts.closed_at, true)
    group by moments.measure, moments.person_id
)

select
    moments.measure,
    moments.person_id,
    customers.segment,
    moments.score_key,
    moments.answer,
    purchases.person_id is not null as is_repurchase,
    cast(coalesce(purchases.revenue_eur, 0) as decimal(18, 4)) as revenue_eur,
    holdings.is_lost
from moments
left join purchases on moments.measure = purchases.measure and moments.person_id = purchases.person_id
left join holdings on moments.measure = holdings.measure and moments.person_id = holdings.person_id
left join {{ ref('int_identity__persons') }} as persons on moments.person_id = persons.person_id
left join {{ ref('int_canonical__customers') }} as customers on persons.customer_id = customers.customer_id
