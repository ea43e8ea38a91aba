-- grain: one row per shared device and period in which one person was using it (node_id, starts_at)
--
-- A session goes to whoever was logged in around that time: halfway between one's last sign and the
-- next one's first the device changes hands.
with claims as (
    select
        node_id,
        identifier_type,
        identifier_value,
        anchor,
        is_login,
        anchor like 'customer:%' as is_customer,
        {{ epoch_us('starts_at') }} as starts_us,
        {{ epoch_us('ends_at') }} as ends_us
    from {{ ref('int_identity__claims') }}
    where identifier_type = 'visitor_id'
),

shared as (
    select node_id
    from claims
    group by node_id
    -- A login that the CRM doesn't know and one customer who bought without it are no two people.
    having
        count(distinct anchor) > 1
        and not (
            count(distinct anchor) = 2
            and count(distinct anchor) filter (where is_login) = 1
            and count(distinct anchor) filter (where is_customer) = 1
        )
),

signs as (
    select
        claims.node_id,
        claims.identifier_type,
        claims.identifier_value,
        claims.anchor as anchor_key,
        claims.starts_us,
        max(claims.ends_us) as ends_us
    from claims
    inner join shared
        on claims.node_id = shared.node_id
    group by
        claims.node_id, claims.identifier_type, claims.identifier_value, claims.anchor, claims.starts_us
),

marked as (
    select
        *,
        case
            when lag(anchor_key) over (partition by node_id order by starts_us, anchor_key) = anchor_key then 0
            else 1
        end as is_new
    from signs
),

numbered as (
    select
        *,
        sum(is_new) over (
            partition by node_id
            order by starts_us, anchor_key
            rows between unbounded preceding and current row
        ) as run_id
    from marked
),

runs as (
    select
        node_id,
        run_id,
        max(identifier_type) as identifier_type,
        max(identifier_value) as identifier_value,
        min(starts_us) as starts_us,
        max(ends_us) as ends_us
    from numbered
    group by node_id, run_id
),

turned as (
    select
        node_id,
        run_id,
        identifier_type,
        identifier_value,
        -- Whoever is there twice within the other's time takes over at the first own sign. The first
        -- run has no turn.
        case
            when run_id > 1
                then
                    (
                        starts_us
                        + least(starts_us, lag(ends_us) over (partition by node_id order by run_id))
                    ) // 2
        end as turn_us
    from runs
),

periods as (
    select
        node_id,
        identifier_type,
        identifier_value,
        coalesce({{ timestamp_from_us('turn_us') }}, {{ ever() }}) as starts_at,
        coalesce(
            {{ timestamp_from_us('lead(turn_us) over (partition by node_id order by run_id)') }},
            {{ never() }}
        ) as ends_at
    from turned
)

select
    node_id,
    identifier_type,
    identifier_value,
    starts_at,
    ends_at
from periods
-- of several at the same moment the last takes over: the others had it for no time
where starts_at < ends_at
