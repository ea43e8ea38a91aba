-- grain: one row per person who answered a survey, wrote a review or posted (person_id)
with answers as (
    select
        persons.person_id,
        feedback.feedback_id,
        scores.measure,
        feedback.given_at,
        scores.score,
        feedback.scale_min,
        feedback.scale_max,
        feedback.higher_is_better,
        scores.best_share
    from {{ ref('int_voice_of_customer__feedback_persons') }} as persons
    inner join {{ ref('int_voice_of_customer__feedback') }} as feedback
        on persons.feedback_id = feedback.feedback_id
    inner join {{ ref('int_voice_of_customer__scores') }} as scores
        on feedback.feedback_id = scores.feedback_id
    where persons.person_id is not null and scores.score is not null and feedback.given_at <= {{ as_of() }}
),

last_scores as (
    select
        person_id,
        measure,
        score,
        scale_min,
        scale_max,
        higher_is_better
    from answers
    qualify
        row_number() over (partition by person_id, measure order by given_at desc, feedback_id desc) = 1
),

answered as (
    select
        person_id,
        count(*) as answer_count,
        sum(case when measure = 'rating' then cast(best_share as decimal(18, 6)) end)
        / nullif(count(case when measure = 'rating' then best_share end), 0) as rating_rate
    from answers
    group by person_id
),

latest as (
    select
        person_id,
        max(case when measure = 'nps' then score end) as nps_score,
        max(case
            when measure <> 'csat' then null
            when higher_is_better then (score - scale_min) / nullif(scale_max - scale_min, 0)
            else (scale_max - score) / nullif(scale_max - scale_min, 0)
        end) as csat_rate
    from last_scores
    group by person_id
),

shared as (
    select
        person_id,
        count(case when source = 'review' then 1 end) as review_count,
        count(case when source = 'post' then 1 end) as post_count
    from {{ ref('int_journeys__interactions') }}
    where person_id is not null and source in ('review', 'post') and occurred_at <= {{ as_of() }}
    group by person_id
)

select
    coalesce(answered.person_id, shared.person_id) as person_id,
    coalesce(answered.answer_count, 0) as answer_count,
    answered.rating_rate,
    latest.nps_score,
    latest.csat_rate,
    coalesce(shared.review_count, 0) as review_count,
    coalesce(shared.post_count, 0) as post_count
from answered
inner join latest on answered.person_id = latest.person_id
full outer join shared on answered.person_id = shared.person_id
