-- grain: one row per month, dimension and item
--
-- Only teams of which nobody's own figures can be told or worked out; quality by the same rule for all items.
{%- set dimensions = ['all', 'queue', 'team', 'reason_code'] %}
with placed as (
    {% for dimension in dimensions %}
        select
            *,
            '{{ dimension | replace('_code', '') }}' as dimension,
            {{ "'all'" if dimension == 'all' else dimension }} as item
        from {{ ref('int_voice_of_customer__coded_calls') }}
        {% if dimension != 'all' %}where {{ dimension }} is not null{% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- How often both would name the same reason by chance, were they to draw from their own habits.
habits as (
    select
        month,
        dimension,
        item,
        sum(coded_count * spoken_count) as chance_pairs
    from (
        select
            month,
            dimension,
            item,
            reason,
            cast(sum(is_coded) as double) as coded_count,
            sum(is_spoken) as spoken_count
        from (
            select
                month,
                dimension,
                item,
                reason_code as reason,
                1 as is_coded,
                0 as is_spoken
            from placed
            where reason_code is not null and spoken_reason is not null
            union all
            select
                month,
                dimension,
                item,
                spoken_reason as reason,
                0 as is_coded,
                1 as is_spoken
            from placed
            where reason_code is not null and spoken_reason is not null
        ) as named
        group by month, dimension, item, reason
    ) as reasons
    group by month, dimension, item
),

totals as (
    select
        month,
        dimension,
        item,
        count(*) as answered_count,
        count(reason_code) as coded_count,
        count(case when has_note then 1 end) as noted_count,
        count(quality_score) as listened_count,
        -- in millionths, so that no order of adding changes a mean
        sum(cast(round(1000000 * quality_score) as bigint)) as quality_units,
        count(case when is_transcribed then 1 end) as transcribed_count,
        count(case when reason_code is not null then spoken_reason end) as compared_count,
        count(case when reason_code = spoken_reason then 1 end) as agreed_count
    from placed
    group by month, dimension, item
)

select
    totals.month,
    totals.dimension,
    totals.item,
    totals.answered_count,
    totals.coded_count,
    totals.coded_count / cast(totals.answered_count as double) as coded_rate,
    totals.noted_count,
    totals.listened_count,
    totals.listened_count / cast(totals.answered_count as double) as listened_rate,
    case
        when totals.dimension = 'all' or shown_quality.item is not null
            then totals.quality_units / (1000000.0 * nullif(totals.listened_count, 0))
    end as mean_quality,
    totals.transcribed_count,
    totals.compared_count,
    totals.agreed_count,
    totals.agreed_count / cast(nullif(totals.compared_count, 0) as double) as agreement_rate,
    (totals.agreed_count - habits.chance_pairs / totals.compared_count)
    / nullif(totals.compared_count - habits.chance_pairs / totals.compared_count, 0) as kappa
from totals
left join habits
    on
        totals.month = habits.month
        and totals.dimension = habits.dimension
        and totals.item = habits.item
left join {{ ref('int_voice_of_customer__shown_teams') }} as shown_teams
    on totals.month = shown_teams.month and totals.item = shown_teams.team
left join {{ ref('int_voice_of_customer__shown_quality') }} as shown_quality
    on
        totals.month = shown_quality.month
        and totals.dimension = shown_quality.dimension
        and totals.item = shown_quality.item
where totals.dimension <> 'team' or shown_teams.team is not null
