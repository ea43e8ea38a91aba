-- grain: one row per address or number, period and whoever it was seen with (node_id, starts_at, anchor)
--
-- Only where the CRM gives it to nobody then: whoever types a friend's address doesn't have it. Seen
-- with more than may share it, it is nobody's.
with seen as (
    -- a call or a contact that names the customer
    select
        right_node as node_id,
        right_type as identifier_type,
        right_value as identifier_value,
        'customer:' || customer_set_id as anchor,
        first_seen_at as seen_at
    from {{ ref('int_identity__all_signs') }}
    where left_type = 'customer_id' and right_type in ('email_hash', 'phone_hash') and not is_declared
    union all
    -- typed on a device, or called from it
    select
        signs.right_node as node_id,
        signs.right_type as identifier_type,
        signs.right_value as identifier_value,
        devices.anchor,
        signs.first_seen_at as seen_at
    from {{ ref('int_identity__all_signs') }} as signs
    inner join {{ ref('int_identity__device_users') }} as devices
        on
            signs.left_node = devices.node_id
            and signs.first_seen_at >= devices.starts_at
            and signs.first_seen_at < devices.ends_at
    where signs.left_type = 'visitor_id' and signs.right_type in ('email_hash', 'phone_hash')
),

placed as (
    select distinct
        seen.node_id,
        seen.identifier_type,
        seen.identifier_value,
        seen.anchor,
        coalesce(periods.starts_at, {{ ever() }}) as starts_at,
        coalesce(periods.ends_at, {{ never() }}) as ends_at
    from seen
    left join {{ ref('int_identity__periods') }} as periods
        on
            seen.node_id = periods.node_id
            and seen.seen_at >= periods.starts_at
            and seen.seen_at < periods.ends_at
),

declared as (
    select distinct
        node_id,
        starts_at
    from {{ ref('int_identity__holders') }}
),

undeclared as (
    select
        placed.*,
        case when placed.anchor like 'visitor:%' then 'visitor_id' else 'customer_id' end as holder_type
    from placed
    left join declared
        on placed.node_id = declared.node_id and placed.starts_at = declared.starts_at
    where declared.node_id is null
),

counted as (
    select
        *,
        count(*) over (partition by node_id, starts_at, holder_type) as holder_count
    from undeclared
)

select
    counted.node_id,
    counted.identifier_type,
    counted.identifier_value,
    counted.anchor,
    counted.starts_at,
    counted.ends_at
from counted
inner join {{ ref('identity_caps') }} as caps
    on counted.identifier_type = caps.identifier_type and counted.holder_type = caps.other_type
where counted.holder_count <= caps.max_others
