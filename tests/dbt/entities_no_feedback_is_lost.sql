-- Every answer and every review is one row of fct_feedback.
with counted as (
    select
        (select count(*) from {{ ref('stg_surveys__flat') }})
        + (
            select count(*) from {{ ref('int_canonical__survey_answers') }}
            where is_feedback
        )
        + (select count(*) from {{ ref('stg_social__reviews') }}) as delivered,
        (select count(*) from {{ ref('fct_feedback') }}) as kept
)

select
    delivered,
    kept
from counted
where delivered <> kept
