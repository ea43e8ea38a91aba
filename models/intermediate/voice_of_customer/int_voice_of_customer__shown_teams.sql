-- grain: one row per month and team whose quality may be shown (month, team)
--
-- Enough different advisers stand behind it, and behind what is left of the total when the teams shown are
-- taken off: else the smallest team isn't shown either.
{%- set least = var('satisfaction_minimum_group') %}
with teams as (
    select
        month,
        team,
        count(distinct adviser_id) as adviser_count,
        team is not null and count(distinct adviser_id) >= {{ least }} as is_group
    from {{ ref('int_voice_of_customer__coded_calls') }}
    where adviser_id is not null
    group by month, team
),

ranked_teams as (
    select
        month,
        team,
        is_group,
        sum(case when is_group then 0 else adviser_count end) over (partition by month) as left_count,
        row_number() over (
            partition by month order by case when is_group then adviser_count end nulls last, team nulls last
        ) as place
    from teams
)

select
    month,
    team
from ranked_teams
where is_group and (left_count = 0 or left_count >= {{ least }} or place > 1)
