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
            when feedback_kind = 'nps' and scale_min = 0 and scale_max = 10 then 'nps'
            when feedback_kind = 'csat' then 'csat'
            when feedback_kind in ('nps', 'rating') then 'rating'
        end as measure
    from judged
)

select
    feedback_id,
    measure,
    score_status,
    score,
    -- Promoters and detractors are defined on 0 to 10 only.
    case when measure = 'nps' then score >= 9 end as is_promoter,
    case when measure = 'nps' then score <= 6 end as is_detractor,
    case
        when measure = 'nps' then score >= 9
        when measure = 'ces_v1' and scale_min = 1 and scale_max = 5 then score <= 2
        when measure = 'ces_v2' and scale_min = 1 and scale_max = 7 then score >= 5
        when measure = 'csat' and higher_is_better then score >= scale_max - 1
        when measure = 'csat' then score <= scale_min + 1
        when measure = 'rating' and higher_is_better then score >= {{ var('praise_from') }} * scale_max
    end as is_favourable,
    case
        when measure = 'nps' then score <= 6
        when measure = 'ces_v1' and scale_min = 1 and scale_max = 5 then score >= 4
        when measure = 'ces_v2' and scale_min = 1 and scale_max = 7 then score <= 3
        when measure = 'csat' and higher_is_better then score <= scale_min + 1
        when measure = 'csat' then score >= scale_max - 1
        when measure = 'rating' and higher_is_better then score <= {{ var('blame_to') }} * scale_max
    end as is_unfavourable
from measured
