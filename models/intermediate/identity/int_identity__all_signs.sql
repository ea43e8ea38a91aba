-- grain: one row per sign, withdrawn or not (left_node, right_node, method, first_seen_at, last_seen_at)
--
-- That two identifiers are one person's.
-- What is nobody's joins nobody. A sign of navigation says whom it links the visitor to.
select
    observations.left_node,
    observations.right_node,
    observations.method,
    observations.left_type,
    observations.left_value,
    observations.right_type,
    observations.right_value,
    observations.first_seen_at,
    observations.last_seen_at,
    observations.is_declared,
    observations.sign_count,
    customer_sets.customer_set_id,
    case
        when observations.left_type = 'visitor_id' then observations.left_value
        when observations.right_type = 'visitor_id' then observations.right_value
    end as visitor_id,
    case
        when observations.left_type = 'visitor_id' then observations.right_type
        when observations.right_type = 'visitor_id' then observations.left_type
    end as linked_type,
    case
        when observations.left_type = 'visitor_id' then observations.right_value
        when observations.right_type = 'visitor_id' then observations.left_value
    end as linked_value
from {{ ref('int_identity__observations') }} as observations
left join {{ ref('int_identity__customer_sets') }} as customer_sets
    on case when observations.left_type = 'customer_id' then observations.left_value end = customer_sets.customer_id
left join {{ ref('int_canonical__excluded_values') }} as excluded_left
    on observations.left_node = excluded_left.node_id
left join {{ ref('int_canonical__excluded_values') }} as excluded_right
    on observations.right_node = excluded_right.node_id
where excluded_left.node_id is null and excluded_right.node_id is null
