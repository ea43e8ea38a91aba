-- grain: one row per lease of a number to a visitor, numbered in the order of the number's holders (lease_id)
--
-- Who held which number when, for all that asks. Integers, as the windows run over all leases.
with leases as (
    select
        lease_id,
        {{ narrow_hash(['own_number']) }} as number_key,
        pool_id,
        case when visitor_id is not null then {{ narrow_hash(['visitor_id']) }} end as visitor_key,
        {{ epoch_us('assigned_at') }} as assigned_us,
        {{ epoch_us('last_seen_at') }} as seen_us,
        -- A page can be left open; half an hour without a sign ends it, as it ends a session.
        {{ epoch_us('coalesce(released_at, '
            ~ add_seconds('last_seen_at', var('session_timeout_seconds')) ~ ')') }} as held_until_us,
        reason = 'overflow' as is_overflow
    from {{ ref('int_canonical__number_leases') }}
    where own_number is not null and assigned_at is not null
),

ordered as (
    select
        *,
        row_number() over (partition by number_key order by assigned_us, lease_id) as turn,
        lead(assigned_us) over (partition by number_key order by assigned_us, lease_id) as next_us,
        lead(visitor_key) over (partition by number_key order by assigned_us, lease_id) as next_visitor_key,
        lead(assigned_us, {{ var('voice_cookie_holders') }}) over (
            partition by number_key order by assigned_us, lease_id
        ) as forgotten_us,
        max(held_until_us) over (
            partition by number_key
            order by assigned_us, lease_id
            rows between unbounded preceding and 1 preceding
        ) as others_until_us
    from leases
)

select
    lease_id,
    number_key,
    cast(turn as bigint) as turn,
    pool_id,
    visitor_key,
    is_overflow,
    assigned_us,
    seen_us,
    held_until_us,
    others_until_us,
    -- a lease renewed by the same visitor is one holder, with the newer lease's times
    case when next_visitor_key = visitor_key then next_us end as renewed_us,
    forgotten_us
from ordered
