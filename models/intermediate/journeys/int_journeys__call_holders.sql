-- grain: one row per inbound call of a lent number and recent holder of it, 0 the last one before
-- the call (call_key, place)
--
-- A view, so that the many pairs of a call and a holder are never written.
{{ config(materialized='view') }}

with callers as (
    select
        {{ key_bits('call_id') }} as call_key,
        {{ narrow_hash(['person_id']) }} as person_key
    from {{ ref('int_journeys__call_persons') }}
),

visitors as (
    select
        {{ narrow_hash(['identifier_value']) }} as visitor_key,
        {{ narrow_hash(['person_id']) }} as person_key,
        {{ epoch_us('valid_from') }} as valid_from_us,
        {{ epoch_us('coalesce(valid_to, ' ~ never() ~ ')') }} as valid_to_us
    from {{ ref('int_identity__members') }}
    -- what calls on leased numbers say is left out, or leases would prove themselves
    where identifier_type = 'visitor_id' and link_method <> 'number_lease'
)

select
    calls.call_key,
    places.place,
    numbers.pool_id,
    {{ delay_class('calls.started_us - leases.seen_us') }} as delay_class,
    case
        when callers.person_key = visitors.person_key then 'same'
        when callers.person_key <> visitors.person_key then 'other'
        else 'unknown'
    end as caller
from {{ ref('int_canonical__call_turns') }} as calls
cross join {{ holder_places() }} as places
inner join {{ ref('int_canonical__lease_turns') }} as leases
    on
        calls.number_key = leases.number_key
        and calls.turn - places.place = leases.turn
inner join {{ ref('int_journeys__pool_numbers') }} as numbers
    on calls.number_key = numbers.number_key
left join callers
    on calls.call_key = callers.call_key
left join visitors
    on
        leases.visitor_key = visitors.visitor_key
        and leases.assigned_us >= visitors.valid_from_us
        and leases.assigned_us < visitors.valid_to_us
where
    calls.started_us - leases.seen_us < {{ delay_horizon_us() }}
    and coalesce(leases.renewed_us > calls.started_us, true)
