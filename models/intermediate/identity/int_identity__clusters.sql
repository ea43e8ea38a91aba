-- grain: one row per member that an edge joins to another, with the person it belongs to (member_id)
select
    components.node_id as member_id,
    coalesce(conflicts.cluster_id, components.component_id) as cluster_id
from {{ ref('int_identity__components') }} as components
left join {{ ref('int_identity__conflict_members') }} as conflicts
    on components.node_id = conflicts.member_id
