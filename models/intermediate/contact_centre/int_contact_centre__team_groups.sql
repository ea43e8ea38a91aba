-- grain: one row per month and team: how its advisers may be shown (month, team)
--
-- No row may let anybody work out the figures of fewer than the least group, not even by taking rows
-- off a total: so whoever is left of a team is nobody or a group again.
{%- set least = var('adviser_minimum_group') %}
with teams as (
    select
        month,
        team,
        count(*) as adviser_count,
        count(case when handled >= {{ var('adviser_minimum_contacts') }} then 1 end) as enough_count
    from {{ ref('int_contact_centre__adviser_months') }}
    group by month, team
),

alone as (
    select
        month,
        team,
        enough_count >= {{ least }}
        and (adviser_count = enough_count or adviser_count - enough_count >= {{ least }}) as are_advisers_shown,
        adviser_count,
        enough_count
    from teams
),

-- where those left are no group and no other team could take them, the smallest team isn't shown alone
leftovers as (
    select
        *,
        case when are_advisers_shown then adviser_count - enough_count else adviser_count end as rest_count,
        row_number() over (
            partition by month order by case when are_advisers_shown then adviser_count end nulls last, team
        ) as shown_place
    from alone
),

stranded as (
    select month
    from leftovers
    group by month
    having
        sum(rest_count) between 1 and {{ least }} - 1
),

rests as (
    select
        leftovers.month,
        leftovers.team,
        leftovers.are_advisers_shown and (stranded.month is null or leftovers.shown_place > 1) as are_advisers_shown,
        case
            when stranded.month is not null and leftovers.shown_place = 1 then leftovers.adviser_count
            else leftovers.rest_count
        end as rest_count
    from leftovers
    left join stranded on leftovers.month = stranded.month
),

-- the smallest team goes with those that are too small, where they alone are no group
ranked as (
    select
        month,
        team,
        are_advisers_shown,
        rest_count,
        sum(case when rest_count < {{ least }} then rest_count else 0 end) over (partition by month) as small_count,
        row_number() over (
            partition by month order by case when rest_count >= {{ least }} then rest_count end nulls last, team
        ) as place
    from rests
),

joined as (
    select
        month,
        team,
        are_advisers_shown,
        rest_count,
        rest_count > 0
        and (
            rest_count < {{ least }}
            or (small_count > 0 and small_count < {{ least }} and place = 1)
        ) as is_with_others
    from ranked
)

select
    month,
    team,
    are_advisers_shown,
    case
        when rest_count = 0 then cast(null as varchar)
        when not is_with_others then 'team'
        when sum(case when is_with_others then rest_count else 0 end) over (partition by month) >= {{ least }}
            then 'others'
    end as rest_group
from joined
