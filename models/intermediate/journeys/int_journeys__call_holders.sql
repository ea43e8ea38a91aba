-- grain: one row per inbound call of a lent number and visitor who had held it lately (call_key, visitor_key)
--
-- Calls find leases by the number and blocks of the clock as long as the horizon, so that nothing is
-- put in order: a lease is in each block in which the number was on the screen, a call looks in its
-- own block and in the one before, which hold all leases that were still seen at the call or were seen
-- last within the horizon before it. Most leases are minutes long, and in one block.
with blocks as (
    select -1 as step
    union all
    select 0 as step
),

calls as (
    select
        calls.call_key,
        calls.number_key,
        calls.started_us,
        cast(floor(calls.started_us / {{ delay_horizon_us() }}.0) as bigint) + blocks.step as block_number
    from {{ ref('int_journeys__lent_calls') }} as calls
    cross join blocks
),

lent as (
    select
        {{ narrow_hash(['leases.own_number']) }} as number_key,
        {{ holder_key('leases') }} as visitor_key,
        {{ lent_from_us('leases') }} as lent_from_us,
        {{ epoch_us('leases.last_seen_at') }} as seen_us,
        {{ held_until_us('leases') }} as held_until_us,
        leases.reason = 'overflow' as is_overflow
    from {{ ref('int_canonical__number_leases') }} as leases
),

leases as (
    select
        *,
        {{ explode_integers(
            'floor(lent_from_us / ' ~ delay_horizon_us() ~ '.0)',
            'floor(seen_us / ' ~ delay_horizon_us() ~ '.0)'
        ) }} as block_number
    from lent
),

-- of a visitor who had the number several times, the last time
holders as (
    select
        calls.call_key,
        leases.visitor_key,
        max(leases.seen_us) as seen_us
    from calls
    inner join leases
        on
            calls.number_key = leases.number_key
            and calls.block_number = leases.block_number
    where
        leases.lent_from_us <= calls.started_us
        and calls.started_us - leases.seen_us < {{ delay_horizon_us() }}
        -- a number of last resort has any number of holders: only those who hold it are counted
        and (leases.is_overflow is distinct from true or calls.started_us <= leases.held_until_us)
    group by calls.call_key, leases.visitor_key
),

visitors as (
    select
        {{ holder_key_of('identifier_value') }} as visitor_key,
        {{ narrow_hash(['person_id']) }} as person_key,
        {{ epoch_us('valid_from') }} as valid_from_us,
        {{ epoch_us('coalesce(valid_to, ' ~ never() ~ ')') }} as valid_to_us
    from {{ ref('int_identity__members') }}
    -- of whom more is known than the cookie; what calls on leased numbers say is left out, or leases
    -- would prove themselves
    where identifier_type = 'visitor_id' and link_method not in ('alone', 'number_lease')
)

select
    holders.call_key,
    calls.pool_id,
    holders.visitor_key,
    {{ delay_class('calls.started_us - holders.seen_us') }} as delay_class,
    case
        when calls.person_key = visitors.person_key then 'same'
        when calls.person_key <> visitors.person_key then 'other'
        else 'unknown'
    end as caller
from holders
inner join {{ ref('int_journeys__lent_calls') }} as calls
    on holders.call_key = calls.call_key
left join visitors
    on
        holders.visitor_key = visitors.visitor_key
        and calls.started_us >= visitors.valid_from_us
        and calls.started_us < visitors.valid_to_us
