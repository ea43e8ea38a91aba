-- grain: one row per inbound call, with the visit that it came of (call_id)
with calls as (
    select
        calls.call_id,
        persons.person_id,
        refused.call_id is not null as is_refused,
        leases.verdict,
        leases.holder_count,
        leases.weight,
        linked.call_key is not null as is_nameable,
        linked.visitor_id,
        linked.session_id,
        linked.gap_us
    from {{ ref('int_canonical__calls') }} as calls
    left join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    left join {{ ref('int_journeys__refused_calls') }} as refused
        on calls.call_id = refused.call_id
    left join {{ ref('int_journeys__call_leases') }} as leases
        on {{ key_bits('calls.call_id') }} = leases.call_key
    left join {{ ref('int_journeys__lease_sessions') }} as linked
        on leases.call_key = linked.call_key
    where calls.direction = 'inbound'
),

methods as (
    select
        calls.*,
        identity.session_id as identity_session_id,
        identity.visitor_id as identity_visitor_id,
        identity.caused_rate,
        identity.gap_us as identity_gap_us,
        case
            when calls.is_nameable and not calls.is_refused then calls.verdict
            when identity.call_id is not null then 'identity'
            when calls.verdict = 'ambiguous' then 'ambiguous'
            else 'none'
        end as match_method
    from calls
    left join {{ ref('int_journeys__identity_sessions') }} as identity
        on calls.call_id = identity.call_id
)

select
    call_id,
    case match_method
        when 'identity' then identity_session_id
        when 'exact_lease' then session_id
        when 'recent_lease' then session_id
    end as session_id,
    case match_method
        when 'identity' then identity_visitor_id
        when 'exact_lease' then visitor_id
        when 'recent_lease' then visitor_id
    end as visitor_id,
    person_id,
    match_method,
    -- where nobody may be named, not even how many may have called
    case
        when match_method in ('exact_lease', 'recent_lease', 'ambiguous') then holder_count
        when match_method = 'identity' then 1
        else 0
    end as candidate_count,
    case match_method
        when 'none' then null
        when 'identity' then caused_rate
        else weight
    end as confidence,
    cast(floor(
        case match_method
            when 'identity' then identity_gap_us
            when 'exact_lease' then gap_us
            when 'recent_lease' then gap_us
        end / 1000000.0
    ) as bigint) as gap_seconds
from methods
