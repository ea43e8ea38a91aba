-- grain: one row per feedback_id, with its score where it lies on the scale
with judged as (
    select
        feedback_id,
        feedback_kind,
        score,
        scale_min,
        scale_max,
        case
            when score is null then 'missing'
            when score < scale_min or score > scale_max or scale_min > scale_max then 'out_of_scale'
            else 'valid'
        end as score_status
    from {{ ref('int_voice_of_customer__feedback') }}
)

select
    feedback_id,
    score_status,
    case when score_status = 'valid' then score end as score,
    -- Promoters and detractors are defined on 0 to 10 only.
    case
        when feedback_kind = 'nps' and scale_min = 0 and scale_max = 10 and score_status = 'valid'
            then score >= 9
    end as is_promoter,
    case
        when feedback_kind = 'nps' and scale_min = 0 and scale_max = 10 and score_status = 'valid'
            then score <= 6
    end as is_detractor
from judged
