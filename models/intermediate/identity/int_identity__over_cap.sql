-- grain: one row per member that more others share than one person or household can (member_id, other_type)
with neighbours as (
    select distinct
        left_member as member_id,
        left_type as identifier_type,
        right_member as other_id,
        right_type as other_type
    from {{ ref('int_identity__edges') }}
    union
    select distinct
        right_member as member_id,
        right_type as identifier_type,
        left_member as other_id,
        left_type as other_type
    from {{ ref('int_identity__edges') }}
),

counted as (
    select
        member_id,
        identifier_type,
        other_type,
        count(*) as other_count
    from neighbours
    group by member_id, identifier_type, other_type
)

select
    counted.member_id,
    counted.identifier_type,
    counted.other_type,
    counted.other_count,
    caps.max_others
from counted
inner join {{ ref('identity_caps') }} as caps
    on counted.identifier_type = caps.identifier_type and counted.other_type = caps.other_type
where counted.other_count > caps.max_others
