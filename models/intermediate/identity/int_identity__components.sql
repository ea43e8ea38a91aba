-- grain: one row per member that an edge joins to another, with its connected component (member_id as node_id)
{{ config(materialized='connected_components') }}
select
    left_member as node_a,
    right_member as node_b
from {{ ref('int_identity__usable_edges') }}
