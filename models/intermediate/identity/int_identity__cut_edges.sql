-- grain: one row per edge that isn't used (left_member, right_member, method), with the rule that cut it
select
    left_member,
    right_member,
    method,
    'over_cap' as reason,
    identifier_type || ' shared by more than ' || max_others || ' ' || other_type as rule
from {{ ref('int_identity__capped_edges') }}
union all
select
    edges.left_member,
    edges.right_member,
    edges.method,
    'two_customers' as reason,
    'weakest or least recent sign between two customers: ' || edges.method as rule
from {{ ref('int_identity__usable_edges') }} as edges
inner join {{ ref('int_identity__clusters') }} as lefts
    on edges.left_member = lefts.member_id
inner join {{ ref('int_identity__clusters') }} as rights
    on edges.right_member = rights.member_id
where lefts.cluster_id <> rights.cluster_id
