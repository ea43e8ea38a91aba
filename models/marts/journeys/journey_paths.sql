-- grain: one row per sequence of channels, and of stages, that people went through (path_by, path)
with paths as (
    select
        path_by,
        journey_key,
        case when count(*) > {{ var('path_steps') }} then '... > ' else '' end
        || {{ join_texts(
            "case when steps_left <= " ~ var('path_steps') ~ " then step end", ' > ', 'step_number'
        ) }} as path
    from {{ ref('int_journeys__path_steps') }}
    group by path_by, journey_key
),

journeys as (
    select
        journey_key,
        person_key,
        sale_us,
        (sale_us - min(occurred_us)) / 86400000000.0 as days
    from {{ ref('int_journeys__journey_steps') }}
    group by journey_key, person_key, sale_us
)

select
    paths.path_by,
    paths.path,
    count(distinct journeys.person_key) as people,
    count(*) as journeys,
    count(journeys.sale_us) as conversions,
    cast(count(journeys.sale_us) as double) / count(*) as conversion_rate,
    percentile_cont(0.5) within group (order by journeys.days) as median_days
from paths
inner join journeys on paths.journey_key = journeys.journey_key
group by paths.path_by, paths.path
