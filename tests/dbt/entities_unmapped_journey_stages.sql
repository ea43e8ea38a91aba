-- Stages of surveys that the seed journey_stages lacks: their answers have no stage.
{{ config(severity='warn') }}

select
    answers.journey_stage,
    count(*) as row_count
from {{ ref('stg_surveys__flat') }} as answers
left join {{ ref('journey_stages') }} as stages
    on {{ alias_key('answers.journey_stage') }} = stages.journey_stage
where answers.journey_stage is not null and stages.journey_stage is null
group by answers.journey_stage
