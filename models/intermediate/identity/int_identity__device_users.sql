-- grain: one row per device, period in which it changed no hands, and who used it (node_id, starts_at, anchor)
--
-- Devices on which somebody was recognised, or an address or a number was seen.
-- Who was recognised; else whose the addresses and numbers are by the CRM; else nobody but the device.
with seen as (
    select
        signs.left_node as node_id,
        signs.visitor_id,
        signs.right_node,
        signs.first_seen_at as seen_at,
        coalesce(periods.starts_at, {{ ever() }}) as starts_at,
        coalesce(periods.ends_at, {{ never() }}) as ends_at
    from {{ ref('int_identity__all_signs') }} as signs
    left join {{ ref('int_identity__periods') }} as periods
        on
            signs.left_node = periods.node_id
            and signs.first_seen_at >= periods.starts_at
            and signs.first_seen_at < periods.ends_at
    where signs.left_type = 'visitor_id' and signs.right_type in ('email_hash', 'phone_hash')
),

recognised as (
    select
        node_id,
        anchor,
        starts_at,
        ends_at
    from {{ ref('int_identity__holders') }}
    where identifier_type = 'visitor_id'
),

recognised_periods as (
    select distinct
        node_id,
        starts_at
    from recognised
),

strangers as (
    select seen.*
    from seen
    left join recognised_periods
        on seen.node_id = recognised_periods.node_id and seen.starts_at = recognised_periods.starts_at
    where recognised_periods.node_id is null
),

named as (
    select distinct
        strangers.node_id,
        holders.anchor,
        strangers.starts_at,
        strangers.ends_at
    from strangers
    inner join {{ ref('int_identity__holders') }} as holders
        on
            strangers.right_node = holders.node_id
            and strangers.seen_at >= holders.starts_at
            and strangers.seen_at < holders.ends_at
),

named_periods as (
    select distinct
        node_id,
        starts_at
    from named
)

select
    node_id,
    anchor,
    starts_at,
    ends_at
from recognised
union all
select
    node_id,
    anchor,
    starts_at,
    ends_at
from named
union all
select distinct
    strangers.node_id,
    'visitor:' || strangers.visitor_id as anchor,
    strangers.starts_at,
    strangers.ends_at
from strangers
left join named_periods
    on strangers.node_id = named_periods.node_id and strangers.starts_at = named_periods.starts_at
where named_periods.node_id is null
