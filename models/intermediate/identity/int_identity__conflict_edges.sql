-- grain: one row per two members joined within a component that holds several customers, strongest first (edge_rank)
with conflicts as (
    select distinct component_id
    from {{ ref('int_identity__conflict_anchors') }}
),

pairs as (
    -- The same two members may be joined by several methods, in either direction.
    select
        least(edges.left_member, edges.right_member) as left_member,
        greatest(edges.left_member, edges.right_member) as right_member,
        max(edges.confidence) as confidence,
        max(edges.last_seen_at) as last_seen_at,
        max(edges.first_seen_at) as first_seen_at,
        sum(edges.sign_count) as sign_count
    from {{ ref('int_identity__usable_edges') }} as edges
    inner join {{ ref('int_identity__components') }} as components
        on edges.left_member = components.node_id
    inner join conflicts
        on components.component_id = conflicts.component_id
    group by
        least(edges.left_member, edges.right_member), greatest(edges.left_member, edges.right_member)
)

select
    left_member,
    right_member,
    row_number() over (
        order by
            confidence desc, last_seen_at desc nulls last, first_seen_at desc nulls last, sign_count desc,
            left_member asc, right_member asc
    ) as edge_rank
from pairs
