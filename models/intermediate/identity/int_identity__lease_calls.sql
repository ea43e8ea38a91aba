-- grain: one row per inbound call of a number that one linkable visitor alone was holding (call_id)
with leases as (
    select
        leases.lease_id,
        leases.own_number,
        leases.assigned_at,
        -- A page can be left open; half an hour without a sign ends it, as it ends a session.
        coalesce(
            leases.released_at,
            {{ add_seconds('leases.last_seen_at', var('session_timeout_seconds')) }}
        ) as held_until,
        case when leases.consent_status = 'granted' then visitors.visitor_id end as visitor_id
    from {{ ref('int_canonical__number_leases') }} as leases
    left join {{ ref('int_identity__linkable_visitors') }} as visitors
        on
            leases.visitor_id = visitors.visitor_id
            and leases.assigned_at >= visitors.linkable_from
            and leases.assigned_at < visitors.linkable_to
    where leases.own_number is not null and leases.assigned_at is not null
),

moments as (
    select
        own_number,
        assigned_at as moment_at,
        0 as is_call,
        lease_id as moment_id
    from leases
    union all
    select
        dialled_number as own_number,
        started_at as moment_at,
        1 as is_call,
        call_id as moment_id
    from {{ ref('int_canonical__calls') }}
    where direction = 'inbound' and caller_hash is not null and dialled_number is not null
),

numbered as (
    select
        own_number,
        moment_at,
        is_call,
        moment_id,
        sum(1 - is_call) over (
            partition by own_number
            order by moment_at, is_call, moment_id
            rows between unbounded preceding and current row
        ) as lease_number
    from moments
),

held as (
    select
        leases.own_number,
        numbered.lease_number,
        leases.lease_id,
        leases.visitor_id,
        leases.held_until,
        max(leases.held_until) over (
            partition by leases.own_number
            order by numbered.lease_number, leases.lease_id
            rows between unbounded preceding and 1 preceding
        ) as others_until
    from leases
    inner join numbered
        on leases.lease_id = numbered.moment_id and numbered.is_call = 0
)

select
    calls.call_id,
    held.lease_id,
    held.visitor_id,
    calls.caller_hash,
    calls.started_at
from numbered
inner join held
    on numbered.own_number = held.own_number and numbered.lease_number = held.lease_number
inner join {{ ref('int_canonical__calls') }} as calls
    on numbered.moment_id = calls.call_id
where
    numbered.is_call = 1
    and held.visitor_id is not null
    and numbered.moment_at <= held.held_until
    and coalesce(numbered.moment_at > held.others_until, true)
