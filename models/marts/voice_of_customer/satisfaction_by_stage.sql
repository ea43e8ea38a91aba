-- grain: one row per month, measure, trigger, dimension and item
--
-- Figures of an adviser or a tribe are left out where too few people stand behind them. Scores of
-- different scales have shares in common, but no mean.
{%- set dimensions = ['all', 'journey_stage', 'contact_channel', 'product_id', 'segment', 'survey', 'adviser_id'] -%}
{%- set z = 'cast(1.959963984540054 as double)' %}
with placed as (
    {% for dimension in dimensions %}
        select
            ratings.*,
            '{{ dimension | replace('_id', '') }}' as dimension,
            {{ "'all'" if dimension == 'all' else 'ratings.' ~ dimension }} as item
        from {{ ref('int_voice_of_customer__ratings') }} as ratings
        {% if dimension != 'all' %}where ratings.{{ dimension }} is not null{% endif %}
        union all
    {% endfor %}
    select
        ratings.*,
        'tribe' as dimension,
        tribes.tribe_id as item
    from {{ ref('int_voice_of_customer__ratings') }} as ratings
    inner join {{ ref('int_identity__tribe_members') }} as tribes
        on ratings.person_id = tribes.person_id
),

totals as (
    select
        month,
        measure,
        survey_trigger,
        dimension,
        item,
        count(score_units) as answer_count,
        count(distinct case when score_units is not null then respondent_key end) as respondent_count,
        cast(sum(score_units) as double) / 10000 as score_sum,
        cast(sum(cast(score_units as decimal(38, 0)) * score_units) as double) / 100000000 as square_sum,
        count(is_favourable) as judged_count,
        count(case when is_favourable then 1 end) as favourable_count,
        count(case when is_promoter then 1 end) as promoter_count,
        count(case when is_detractor then 1 end) as detractor_count,
        count(case when is_response_known then 1 end) as asked_count,
        count(case when is_response_known and is_answered then 1 end) as answered_count,
        count(distinct case when score_units is not null then scale_key end) as scale_count,
        count(case when is_over_cap then 1 end) as over_cap_count,
        percentile_cont(0.5) within group (order by answer_seconds) as median_answer_seconds,
        percentile_cont(0.5) within group (order by asked_after_seconds) as median_asked_after_seconds
    from placed
    group by month, measure, survey_trigger, dimension, item
    having
        dimension not in ('adviser', 'tribe')
        or count(distinct case when score_units is not null then respondent_key end)
        >= {{ var('satisfaction_minimum_group') }}
),

means as (
    select
        *,
        case when scale_count <= 1 then score_sum / nullif(answer_count, 0) end as mean_score,
        sqrt(
            greatest(0, square_sum - score_sum * score_sum / nullif(answer_count, 0))
            / nullif(answer_count - 1, 0) / nullif(answer_count, 0)
        ) as mean_error,
        (promoter_count - detractor_count) / cast(nullif(answer_count, 0) as double) as net_rate,
        -- the variance of a mean of 1, 0 and -1: p + d - (p - d)^2, over n
        sqrt((
            (promoter_count + detractor_count) / cast(nullif(answer_count, 0) as double)
            - power((promoter_count - detractor_count) / cast(nullif(answer_count, 0) as double), 2)
        ) / nullif(answer_count, 0)) as net_error
    from totals
)

select
    month,
    measure,
    survey_trigger as trigger,
    dimension,
    item,
    answer_count,
    respondent_count,
    cast(mean_score as double) as mean_score,
    cast(mean_score - {{ z }} * mean_error as double) as mean_low,
    cast(mean_score + {{ z }} * mean_error as double) as mean_high,
    cast(favourable_count as double) / nullif(judged_count, 0) as favourable_rate,
    {{ wilson_bound('favourable_count', 'judged_count', -1) }} as favourable_low,
    {{ wilson_bound('favourable_count', 'judged_count', 1) }} as favourable_high,
    case when measure = 'nps' then 100 * net_rate end as nps,
    case when measure = 'nps' then greatest(-100, 100 * (net_rate - {{ z }} * net_error)) end as nps_low,
    case when measure = 'nps' then least(100, 100 * (net_rate + {{ z }} * net_error)) end as nps_high,
    asked_count,
    cast(answered_count as double) / nullif(asked_count, 0) as response_rate,
    over_cap_count,
    cast(median_answer_seconds as double) as median_answer_seconds,
    cast(median_asked_after_seconds as double) as median_asked_after_seconds
from means
