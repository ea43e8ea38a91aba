-- grain: one row per edge of a member over its cap (left_member, right_member, method): cut, whoever is at its end
select
    edges.left_member,
    edges.right_member,
    edges.method,
    max(coalesce(lefts.identifier_type, rights.identifier_type)) as identifier_type,
    max(coalesce(lefts.other_type, rights.other_type)) as other_type,
    max(coalesce(lefts.max_others, rights.max_others)) as max_others
from {{ ref('int_identity__edges') }} as edges
left join {{ ref('int_identity__over_cap') }} as lefts
    on edges.left_member = lefts.member_id and edges.right_type = lefts.other_type
left join {{ ref('int_identity__over_cap') }} as rights
    on edges.right_member = rights.member_id and edges.left_type = rights.other_type
where lefts.member_id is not null or rights.member_id is not null
group by edges.left_member, edges.right_member, edges.method
