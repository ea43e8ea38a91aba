-- grain: one row per feedback_id, with its score where it lies on the scale, and what the score says
with judged as (
    select
        feedback_id,
        feedback_kind,
        score,
        scale_min,
        scale_max,
        higher_is_better,
        case
            when score is null then 'missing'
            when score < scale_min or score > scale_max or scale_min > scale_max then 'out_of_scale'
            -- no lower bound is guessed, but nothing lies below none of the best
            when scale_min is null and score < 0 then 'out_of_scale'
            else 'valid'
        end as score_status
    from {{ ref('int_voice_of_customer__feedback') }}
),

measured as (
    select
        feedback_id,
        score_status,
        case when score_status = 'valid' then score end as score,
        scale_min,
        scale_max,
        higher_is_better,
        case
            when feedback_kind = 'ces' and not higher_is_better then 'ces_v1'
            when feedback_kind = 'ces' then 'ces_v2'
            when feedback_kind = 'nps' and scale_min = 0 and scale_max = 10 and coalesce(higher_is_better, true)
                then 'nps'
            when feedback_kind = 'csat' then 'csat'
            when feedback_kind in ('nps', 'rating') then 'rating'
        end as measure
    from judged
),

shared as (
    select
        *,
        -- of a scale on which low is good, as if it were turned round; without a best rating there is none
        case
            when measure <> 'rating' or scale_max <= 0 then null
            when coalesce(higher_is_better, true) then score / scale_max
            else (scale_min + scale_max - score) / scale_max
        end as best_share
    from measured
)

select
    feedback_id,
    measure,
    score_status,
    score,
    best_share,
    -- Promoters and detractors are defined on 0 to 10 only.
    case when measure = 'nps' then score >= 9 end as is_promoter,
    case when measure = 'nps' then score <= 6 end as is_detractor,
    case
        when measure = 'nps' then score >= 9
        when measure = 'ces_v1' and scale_min = 1 and scale_max = 5 then score <= 2
        when measure = 'ces_v2' and scale_min = 1 and scale_max = 7 then score >= 5
        when measure = 'csat' then {{ is_satisfied() }}
        when measure = 'rating' then best_share >= {{ var('praise_from') }}
    end as is_favourable,
    case
        when measure = 'nps' then score <= 6
        when measure = 'ces_v1' and scale_min = 1 and scale_max = 5 then score >= 4
        when measure = 'ces_v2' and scale_min = 1 and scale_max = 7 then score <= 3
        when measure = 'csat' then {{ is_dissatisfied() }}
        when measure = 'rating' then best_share <= {{ var('blame_to') }}
    end as is_unfavourable
from shared
