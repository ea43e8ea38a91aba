-- grain: one row per sign that two identifiers are one person's and that may be used
--
-- Navigation of somebody who withdrew as a customer, or by an address or a number of theirs, is
-- linked by nothing that lies before their next consent. What is nobody's joins nobody.
with observations as (
    select
        *,
        case
            when left_type = 'visitor_id' then right_type
            when right_type = 'visitor_id' then left_type
        end as linked_type,
        case
            when left_type = 'visitor_id' then right_value
            when right_type = 'visitor_id' then left_value
        end as linked_value
    from {{ ref('int_identity__observations') }}
)

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
    customer_sets.customer_set_id
from observations
left join {{ ref('int_identity__refused_subjects') }} as refusals
    on
        observations.linked_type = refusals.identifier_type
        and observations.linked_value = refusals.identifier_value
left join {{ ref('int_identity__customer_sets') }} as customer_sets
    on observations.left_type = 'customer_id' and observations.left_value = customer_sets.customer_id
left join {{ ref('int_canonical__excluded_values') }} as excluded_left
    on observations.left_node = excluded_left.node_id
left join {{ ref('int_canonical__excluded_values') }} as excluded_right
    on observations.right_node = excluded_right.node_id
where
    excluded_left.node_id is null
    and excluded_right.node_id is null
    and (refusals.identifier_value is null or observations.first_seen_at >= refusals.linkable_again_at)
