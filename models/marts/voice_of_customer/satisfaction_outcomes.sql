-- grain: one row per measure, segment and answer
with placed as (
    {% for segment in ["'all'", 'segment'] %}
        select
            measure,
            {{ segment }} as segment,
            person_id,
            score_key,
            answer,
            is_repurchase,
            revenue_eur,
            is_lost
        from {{ ref('int_voice_of_customer__respondent_outcomes') }}
        {% if not loop.first %}where segment is not null{% else %}union all{% endif %}
    {% endfor %}
),

-- How often a score of a person to whom it happened is above that of one to whom it didn't, ties half:
-- from counts by score, as people are many and scores few.
by_score as (
    select
        measure,
        segment,
        score_key,
        count(case when is_repurchase then 1 end) as bought,
        count(case when not is_repurchase then 1 end) as passed,
        count(case when is_lost then 1 end) as lost,
        count(case when not is_lost then 1 end) as kept
    from placed
    where score_key is not null
    group by measure, segment, score_key
),

ranked as (
    select
        *,
        sum(passed) over (
            partition by measure, segment order by score_key rows between unbounded preceding and current row
        ) - passed / 2.0 as passed_below,
        sum(lost) over (
            partition by measure, segment order by score_key rows between unbounded preceding and current row
        ) - lost / 2.0 as lost_below
    from by_score
),

predictions as (
    select
        measure,
        segment,
        cast(sum(bought * passed_below) as double)
        / nullif(cast(sum(bought) as double) * cast(sum(passed) as double), 0) as repurchase_auc,
        cast(sum(kept * lost_below) as double)
        / nullif(cast(sum(kept) as double) * cast(sum(lost) as double), 0) as retention_auc
    from ranked
    group by measure, segment
),

counted as (
    select
        measure,
        segment,
        answer,
        count(*) as person_count,
        count(case when is_repurchase then 1 end) as repurchase_count,
        sum(revenue_eur) as revenue_eur,
        count(is_lost) as holder_count,
        count(case when is_lost then 1 end) as lost_count
    from placed
    group by measure, segment, answer
),

compared as (
    select
        own.measure,
        own.segment,
        own.answer,
        own.person_count,
        own.repurchase_count,
        own.revenue_eur,
        own.holder_count,
        own.lost_count,
        coalesce(sum(others.holder_count), 0) as other_holder_count,
        coalesce(sum(others.lost_count), 0) as other_lost_count
    from counted as own
    left join counted as others
        on own.measure = others.measure and own.segment = others.segment and own.answer <> others.answer
    group by all
),

rates as (
    select
        *,
        {{ rate_with_bounds('lost', 'lost_count', 'holder_count') }},
        {{ rate_with_bounds('other', 'other_lost_count', 'other_holder_count') }}
    from compared
),

bounded as (
    select
        *,
        {{ newcombe_bound('lost', 'other', -1) }} as difference_low,
        {{ newcombe_bound('lost', 'other', 1) }} as difference_high,
        least(holder_count, other_holder_count) >= {{ var('experiment_minimum_subjects') }}
        and lost_count + other_lost_count >= {{ var('experiment_minimum_conversions') }} as is_enough
    from rates
)

select
    bounded.measure,
    bounded.segment,
    bounded.answer,
    bounded.person_count,
    bounded.repurchase_count,
    cast(bounded.repurchase_count as double) / bounded.person_count as repurchase_rate,
    cast(bounded.revenue_eur / bounded.person_count as decimal(18, 4)) as revenue_per_person_eur,
    bounded.holder_count,
    bounded.lost_count,
    bounded.lost_rate,
    bounded.lost_rate - bounded.other_rate as lost_difference,
    bounded.difference_low as lost_difference_low,
    bounded.difference_high as lost_difference_high,
    {{ difference_verdict('bounded.difference_low', 'bounded.difference_high', 'not bounded.is_enough') }} as verdict,
    predictions.repurchase_auc,
    predictions.retention_auc
from bounded
left join predictions
    on bounded.measure = predictions.measure and bounded.segment = predictions.segment
