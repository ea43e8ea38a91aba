-- grain: one row per leg that was transferred, or from which was transferred, in a source that
-- names the transfer (source_format, source_leg_id)
--
-- Only legs of a chain go through the recursion. A leg whose origin was never delivered starts a
-- call of its own, and so does every leg of a ring (they are no transfers in any reading).
with recursive links as (
    select
        legs.source_format,
        legs.source_leg_id,
        origins.source_leg_id as origin_leg_id
    from {{ ref('int_canonical__call_legs') }} as legs
    inner join {{ ref('int_canonical__call_legs') }} as origins
        on
            legs.source_format = origins.source_format
            and legs.transferred_from_leg_id = origins.source_leg_id
),

roots as (
    select distinct
        links.source_format,
        links.origin_leg_id as source_leg_id
    from links
    left join links as earlier
        on
            links.source_format = earlier.source_format
            and links.origin_leg_id = earlier.source_leg_id
    where earlier.source_leg_id is null
),

chains as (
    select
        source_format,
        source_leg_id,
        source_leg_id as root_leg_id,
        0 as position
    from roots
    union all
    select
        links.source_format,
        links.source_leg_id,
        chains.root_leg_id,
        chains.position + 1 as position
    from chains
    inner join links
        on
            chains.source_format = links.source_format
            and chains.source_leg_id = links.origin_leg_id
)

select
    source_format,
    source_leg_id,
    root_leg_id,
    position
from chains
