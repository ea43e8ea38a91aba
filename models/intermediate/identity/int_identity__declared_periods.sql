-- grain: one row per identifier and period in which the CRM gives it to the same customers (node_id, starts_at)
--
-- Only of identifiers that changed hands or were given up: a recycled number is somebody else's from
-- the day on which it is declared again, and nobody's in between.
with claims as (
    select
        node_id,
        identifier_type,
        identifier_value,
        anchor,
        coalesce(starts_at, {{ ever() }}) as starts_at,
        coalesce(ends_at, {{ never() }}) as ends_at
    from {{ ref('int_identity__claims') }}
    where is_declared
),

changing as (
    select
        node_id,
        min(starts_at) as first_start
    from claims
    group by node_id
    having count(distinct anchor) > 1 or min(ends_at) < {{ never() }}
),

points as (
    select
        claims.node_id,
        claims.starts_at
    from claims
    inner join changing
        on claims.node_id = changing.node_id
    where claims.starts_at > changing.first_start
    union
    select
        claims.node_id,
        claims.ends_at as starts_at
    from claims
    inner join changing
        on claims.node_id = changing.node_id
    where claims.ends_at < {{ never() }}
    union
    -- What came before the first declaration is the first customer's: nobody else claims it.
    select
        node_id,
        {{ ever() }} as starts_at
    from changing
),

spans as (
    select
        node_id,
        starts_at,
        coalesce(lead(starts_at) over (partition by node_id order by starts_at), {{ never() }}) as ends_at
    from points
),

claimed as (
    select
        spans.node_id,
        spans.starts_at,
        spans.ends_at,
        claims.identifier_type,
        claims.identifier_value,
        case
            when claims.starts_at < spans.ends_at and claims.ends_at > spans.starts_at then claims.anchor
        end as holder
    from spans
    inner join claims
        on spans.node_id = claims.node_id
),

held as (
    select
        node_id,
        starts_at,
        ends_at,
        max(identifier_type) as identifier_type,
        max(identifier_value) as identifier_value,
        count(distinct holder) as holder_count,
        min(holder) as first_holder,
        max(holder) as last_holder
    from claimed
    group by node_id, starts_at, ends_at
),

marked as (
    select
        *,
        case
            when
                lag(holder_count) over (partition by node_id order by starts_at) = holder_count
                and coalesce(lag(first_holder) over (partition by node_id order by starts_at), '')
                = coalesce(first_holder, '')
                and coalesce(lag(last_holder) over (partition by node_id order by starts_at), '')
                = coalesce(last_holder, '')
                then 0
            else 1
        end as is_new
    from held
),

numbered as (
    select
        *,
        sum(is_new) over (
            partition by node_id
            order by starts_at
            rows between unbounded preceding and current row
        ) as period_number
    from marked
)

select
    node_id,
    max(identifier_type) as identifier_type,
    max(identifier_value) as identifier_value,
    min(starts_at) as starts_at,
    max(ends_at) as ends_at
from numbered
group by node_id, period_number
