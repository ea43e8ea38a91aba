-- Stages of surveys that the seed journey_stages lacks: their answers have no stage.
{{ config(severity='warn') }}

with answers as (
    select journey_stage
    from {{ ref('stg_surveys__flat') }}
    union all
    select journey_stage
    from {{ ref('int_canonical__survey_answers') }}
)

select
    answers.journey_stage,
    count(*) as row_count
from answers
left join {{ ref('journey_stages') }} as stages
    on {{ alias_key('answers.journey_stage') }} = stages.journey_stage
where answers.journey_stage is not null and stages.journey_stage is null
group by answers.journey_stage
