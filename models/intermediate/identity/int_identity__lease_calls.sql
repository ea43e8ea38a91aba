-- grain: one row per inbound call of a number that one linkable visitor alone was holding (call_id)
select
    calls.call_id,
    leases.lease_id,
    leases.visitor_id,
    calls.caller_hash,
    calls.started_at
from {{ ref('int_canonical__call_turns') }} as placed
inner join {{ ref('int_canonical__lease_turns') }} as turns
    on placed.number_key = turns.number_key and placed.turn = turns.turn
inner join {{ ref('int_canonical__number_leases') }} as leases
    on turns.lease_id = leases.lease_id
inner join {{ ref('int_identity__linkable_visitors') }} as visitors
    on
        leases.visitor_id = visitors.visitor_id
        and leases.assigned_at >= visitors.linkable_from
        and leases.assigned_at < visitors.linkable_to
inner join {{ ref('int_canonical__calls') }} as calls
    on placed.call_key = {{ key_bits('calls.call_id') }}
where
    leases.consent_status = 'granted'
    and calls.caller_hash is not null
    and placed.started_us <= turns.held_until_us
    and coalesce(placed.started_us > turns.others_until_us, true)
