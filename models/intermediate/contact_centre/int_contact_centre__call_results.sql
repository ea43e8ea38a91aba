-- grain: one row per call that brought a sale or was listened to (call_id)
with results as (
    select
        call_id,
        1 as sale_count,
        0 as quality_score_count,
        cast(0 as decimal(38, 4)) as quality_score_sum
    from {{ ref('int_journeys__conversions') }}
    where call_id is not null and status <> 'withdrawn'
    union all
    select
        call_references.call_id,
        0 as sale_count,
        1 as quality_score_count,
        cast(scores.score as decimal(38, 4)) as quality_score_sum
    from {{ ref('int_canonical__quality_scores') }} as scores
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on scores.source_call_id = call_references.source_id
    where scores.score is not null
)

select
    call_id,
    cast(sum(sale_count) as bigint) as sale_count,
    cast(sum(quality_score_count) as bigint) as quality_score_count,
    cast(sum(quality_score_sum) as decimal(38, 4)) as quality_score_sum
from results
group by call_id
