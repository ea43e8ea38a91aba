-- grain: one row per leg with the first leg of its call (leg_id)
--
-- A leg whose parent was never delivered belongs to the parent's call all the same. Legs in a ring
-- have no first one and aren't here.
with recursive legs as (
    select
        leg_id,
        parent_leg_id
    from {{ ref('stg_call_records__twilio') }}
),

chains as (
    select
        legs.leg_id,
        coalesce(legs.parent_leg_id, legs.leg_id) as root_leg_id,
        case when legs.parent_leg_id is null then 0 else 1 end as depth
    from legs
    left join legs as parents on legs.parent_leg_id = parents.leg_id
    where parents.leg_id is null
    union all
    select
        legs.leg_id,
        chains.root_leg_id,
        chains.depth + 1 as depth
    from chains
    inner join legs on chains.leg_id = legs.parent_leg_id
)

select
    leg_id,
    root_leg_id,
    depth
from chains
