-- grain: one row per month and adviser, or group of advisers (month, group_kind, group_name)
--
-- Advisers alone only where a whole group of their team may be shown so; the others together. Each
-- adviser is in one row. There is no order of merit.
{%- set least = var('adviser_minimum_answers') %}
with placed as (
    select
        months.*,
        case
            when groups.are_advisers_shown and months.handled >= {{ var('adviser_minimum_contacts') }} then 'adviser'
            else groups.rest_group
        end as group_kind
    from {{ ref('int_contact_centre__adviser_months') }} as months
    inner join {{ ref('int_contact_centre__team_groups') }} as groups
        on months.month = groups.month and months.team = groups.team
),

summed as (
    select
        month,
        group_kind,
        case group_kind
            when 'adviser' then adviser_id
            when 'team' then team
            else 'others'
        end as group_name,
        case when group_kind in ('adviser', 'team') then team end as team,
        count(*) as adviser_count,
        {% for name in [
            'handled', 'handling_known', 'handling_seconds', 'available_seconds', 'reason_noted', 'sale_count',
            'csat_count', 'csat_top_count', 'quality_score_count'
        ] -%}
            cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor -%}
        cast(sum(quality_score_sum) as decimal(18, 4)) as quality_score_sum
    from placed
    where group_kind is not null
    group by 1, 2, 3, 4
),

-- A few answers say more about those who answered than about an adviser. Where what isn't told of them in
-- a month comes to as few, a total would tell it: the next adviser's isn't told either.
untold as (
    select
        *,
        coalesce(sum(csat_count) over (
            partition by month, group_kind
            order by csat_count, group_name
            rows between unbounded preceding and 1 preceding
        ), 0) as csat_count_before,
        coalesce(sum(quality_score_count) over (
            partition by month, group_kind
            order by quality_score_count, group_name
            rows between unbounded preceding and 1 preceding
        ), 0) as quality_score_count_before
    from summed
),

told as (
    select
        *,
        group_kind <> 'adviser'
        or (csat_count >= {{ least }} and csat_count_before not between 1 and {{ least }} - 1)
            as is_csat_told,
        group_kind <> 'adviser'
        or (quality_score_count >= {{ least }} and quality_score_count_before not between 1 and {{ least }} - 1)
            as is_quality_told
    from untold
)

select
    month,
    group_kind,
    group_name,
    team,
    adviser_count,
    handled,
    handling_known,
    handling_seconds,
    available_seconds,
    sale_count,
    reason_noted,
    csat_count,
    case when is_csat_told then csat_top_count end as csat_top_count,
    quality_score_count,
    case when is_quality_told then quality_score_sum end as quality_score_sum,
    cast(handling_seconds as double) / nullif(handling_known, 0) as mean_handling_seconds,
    cast(handling_seconds as double) / nullif(available_seconds, 0) as occupancy_rate,
    cast(sale_count as double) / nullif(handled, 0) as conversion_rate,
    cast(reason_noted as double) / nullif(handled, 0) as reason_noted_rate,
    case when is_csat_told then cast(csat_top_count as double) / nullif(csat_count, 0) end as csat_rate,
    case when is_quality_told then cast(quality_score_sum as double) / nullif(quality_score_count, 0) end
        as mean_quality_score
from told
