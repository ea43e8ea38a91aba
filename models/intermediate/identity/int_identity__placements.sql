-- grain: one row per identifier and period in which it was one person's (identifier_type, identifier_value, starts_at)
with identifiers as (
    select
        appearances.identifier_type,
        appearances.identifier_value,
        appearances.node_id,
        appearances.first_seen_at,
        appearances.last_seen_at,
        customer_sets.customer_set_id
    from {{ ref('int_identity__appearances') }} as appearances
    left join {{ ref('int_identity__customer_sets') }} as customer_sets
        on
            case when appearances.identifier_type = 'customer_id' then appearances.identifier_value end
            = customer_sets.customer_id
),

placed as (
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.first_seen_at,
        identifiers.last_seen_at,
        case
            when identifiers.customer_set_id is not null
                then {{ identifier_node("'customer_id'", 'identifiers.customer_set_id') }}
            else coalesce(periods.member_id, identifiers.node_id)
        end as member_id,
        periods.starts_at as period_starts_at,
        periods.ends_at as period_ends_at
    from identifiers
    left join {{ ref('int_identity__periods') }} as periods
        on identifiers.node_id = periods.node_id
)

select
    placed.identifier_type,
    placed.identifier_value,
    placed.member_id,
    coalesce(clusters.cluster_id, placed.member_id) as cluster_id,
    -- A first period may have ended before anything was seen of the identifier.
    coalesce(
        nullif(placed.period_starts_at, {{ ever() }}),
        least(placed.first_seen_at, {{ add_seconds('placed.period_ends_at', -1) }})
    ) as starts_at,
    nullif(placed.period_ends_at, {{ never() }}) as ends_at,
    placed.first_seen_at,
    placed.last_seen_at
from placed
left join {{ ref('int_identity__clusters') }} as clusters
    on placed.member_id = clusters.member_id
-- Between two holders a number is nobody's.
where
    clusters.cluster_id is not null
    or coalesce(placed.period_starts_at, {{ ever() }}) = {{ ever() }}
