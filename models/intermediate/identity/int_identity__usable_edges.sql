-- grain: one row per edge that no cap cuts (left_member, right_member, method)
select
    edges.left_member,
    edges.right_member,
    edges.method,
    edges.left_type,
    edges.right_type,
    edges.confidence,
    edges.first_seen_at,
    edges.last_seen_at,
    edges.sign_count
from {{ ref('int_identity__edges') }} as edges
left join {{ ref('int_identity__capped_edges') }} as capped
    on
        edges.left_member = capped.left_member
        and edges.right_member = capped.right_member
        and edges.method = capped.method
where capped.method is null
