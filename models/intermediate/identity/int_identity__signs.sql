-- grain: one row per sign that two identifiers are one person's and that may be used
{{ config(materialized='view') }}

select
    signs.left_node,
    signs.right_node,
    signs.method,
    signs.left_type,
    signs.left_value,
    signs.right_type,
    signs.right_value,
    signs.first_seen_at,
    signs.last_seen_at,
    signs.is_declared,
    signs.sign_count,
    signs.customer_set_id
from {{ ref('int_identity__all_signs') }} as signs
left join {{ ref('int_identity__refused_signs') }} as refused
    on
        signs.left_node = refused.left_node
        and signs.right_node = refused.right_node
        and signs.method = refused.method
        and signs.first_seen_at = refused.first_seen_at
        and coalesce(signs.last_seen_at, {{ never() }}) = refused.held_until_at
where refused.left_node is null
