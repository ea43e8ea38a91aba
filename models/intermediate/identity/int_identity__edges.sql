-- grain: one row per two members of the graph and the method that joins them (left_member, right_member, method)
--
-- A member is an identifier, or the period in which it was one person's.
with signs as (
    select
        *,
        case
            when left_type = 'customer_id'
                then {{ identifier_node("'customer_id'", 'customer_set_id') }}
            else left_node
        end as left_start
    from {{ ref('int_identity__signs') }}
),

placed as (
    select
        signs.method,
        signs.left_type,
        signs.right_type,
        coalesce(left_periods.member_id, signs.left_start) as left_member,
        coalesce(right_periods.member_id, signs.right_node) as right_member,
        signs.first_seen_at,
        -- What is declared without end still holds.
        case when signs.is_declared then coalesce(signs.last_seen_at, {{ as_of() }}) else signs.last_seen_at end
            as last_seen_at,
        signs.sign_count
    from signs
    left join {{ ref('int_identity__periods') }} as left_periods
        on
            signs.left_start = left_periods.node_id
            and signs.first_seen_at >= left_periods.starts_at
            and signs.first_seen_at < left_periods.ends_at
    left join {{ ref('int_identity__periods') }} as right_periods
        on
            signs.right_node = right_periods.node_id
            and {{ seen_in('right_periods', 'signs.first_seen_at', 'signs.last_seen_at', 'signs.is_declared') }}
)

select
    placed.left_member,
    placed.right_member,
    placed.method,
    max(placed.left_type) as left_type,
    max(placed.right_type) as right_type,
    max(methods.confidence) as confidence,
    min(placed.first_seen_at) as first_seen_at,
    max(placed.last_seen_at) as last_seen_at,
    cast(sum(placed.sign_count) as bigint) as sign_count
from placed
inner join {{ ref('identity_methods') }} as methods
    on placed.method = methods.method
where placed.left_member <> placed.right_member
group by placed.left_member, placed.right_member, placed.method
