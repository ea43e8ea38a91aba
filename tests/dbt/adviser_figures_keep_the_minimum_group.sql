-- Groups of fewer advisers than the least one, and teams of which fewer are shown alone.
select
    month,
    group_kind,
    team,
    sum(adviser_count) as adviser_count
from {{ ref('adviser_performance') }}
group by month, group_kind, team
having sum(adviser_count) < {{ var('adviser_minimum_group') }}
