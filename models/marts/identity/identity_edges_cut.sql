-- grain: one row per reason and rule that kept identifiers apart
select
    reason,
    rule,
    count(*) as edge_count,
    count(distinct left_member) as left_member_count,
    count(distinct right_member) as right_member_count
from {{ ref('int_identity__cut_edges') }}
group by reason, rule
