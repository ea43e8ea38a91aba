-- Every answer of a survey tool is one row, of whatever kind its question is.
with counted as (
    select
        (select count(*) from {{ ref('stg_surveys__qualtrics') }})
        + (select count(*) from {{ ref('stg_surveys__typeform') }}) as delivered,
        (select count(*) from {{ ref('int_canonical__survey_answers') }}) as kept
)

select
    delivered,
    kept
from counted
where delivered <> kept
