-- grain: one row per member that an edge joins to its person (member_id), with the strongest method
with ends as (
    select
        edges.left_member,
        edges.right_member,
        edges.method,
        edges.confidence
    from {{ ref('int_identity__usable_edges') }} as edges
    inner join {{ ref('int_identity__clusters') }} as lefts
        on edges.left_member = lefts.member_id
    inner join {{ ref('int_identity__clusters') }} as rights
        on edges.right_member = rights.member_id
    where lefts.cluster_id = rights.cluster_id
),

methods as (
    select
        left_member as member_id,
        method,
        confidence
    from ends
    union all
    select
        right_member as member_id,
        method,
        confidence
    from ends
),

best as (
    select
        member_id,
        max(confidence) as confidence
    from methods
    group by member_id
)

select
    best.member_id,
    min(methods.method) as link_method,
    max(best.confidence) as confidence
from best
inner join methods
    on best.member_id = methods.member_id and best.confidence = methods.confidence
group by best.member_id
