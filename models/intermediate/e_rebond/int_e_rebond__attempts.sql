-- grain: one row per call of ours, answered or not, per outcome of a lead without a call of ours in the
-- records, and per lead given to a team of which nothing came back (attempt_id)
--
-- An outcome is that of a call that its adviser made, from a minute before it began until five minutes
-- after its end, the nearest. Where either names no adviser, a minute decides. Where we know for whom the
-- lead was, a call of somebody else's is never meant.
with calls as (
    select
        calls.call_id,
        calls.started_at,
        coalesce(calls.ended_at, calls.started_at) as ended_at,
        calls.other_party_hash as phone_hash,
        calls.customer_id,
        persons.person_id,
        calls.adviser_id,
        calls.outcome,
        wrap_ups.result_code
    from {{ ref('int_canonical__calls') }} as calls
    left join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    left join {{ ref('int_canonical__wrap_ups') }} as wrap_ups
        on calls.call_id = wrap_ups.call_id
    where calls.direction = 'outbound'
),

outcomes as (
    select
        {{ hash_key(["'outcome'", 'outcomes.target_id', epoch_us('outcomes.attempted_at')]) }} as attempt_id,
        outcomes.target_id,
        outcomes.attempted_at,
        {{ alias_key('outcomes.result') }} as result,
        outcomes.contract_id,
        outcomes.adviser_id,
        targets.person_id as target_person_id,
        {{ explode_integers(-1, 60) }} as minutes_before
    from {{ ref('int_canonical__lead_outcomes') }} as outcomes
    -- a lead of ours tells whom it was for
    left join {{ ref('int_canonical__planned_targets') }} as targets
        on outcomes.target_id = targets.target_id
),

matched as (
    select
        outcomes.attempt_id,
        calls.call_id,
        outcomes.result
    from outcomes
    inner join calls
        on
            {{ epoch_s('outcomes.attempted_at') }} // 60 - outcomes.minutes_before
            = {{ epoch_s('calls.started_at') }} // 60
            and coalesce(outcomes.target_person_id = calls.person_id, outcomes.target_person_id is null)
            and coalesce(outcomes.adviser_id = calls.adviser_id, true)
            and (
                abs({{ seconds_between('outcomes.attempted_at', 'calls.started_at') }}) <= 60
                or (
                    outcomes.adviser_id = calls.adviser_id
                    and outcomes.attempted_at >= calls.started_at
                    and outcomes.attempted_at <= {{ add_seconds('calls.ended_at', 300) }}
                )
            )
    qualify
        outcomes.adviser_id is null
        or row_number() over (
            partition by outcomes.attempt_id
            order by abs({{ seconds_between('outcomes.attempted_at', 'calls.started_at') }}), calls.call_id
        ) = 1
),

-- What is known of a call, the worst for us first: protection widens.
told as (
    select
        calls.call_id,
        coalesce(bool_or(results.is_reached), false) as is_reached,
        coalesce(bool_or(results.is_refusal), false) as is_refusal,
        coalesce(bool_or(results.is_wrong_number), false) as is_wrong_number,
        coalesce(bool_or(results.is_open), false) as is_open
    from calls
    left join matched on calls.call_id = matched.call_id
    left join {{ ref('lead_results') }} as results
        on results.result in ({{ alias_key('calls.result_code') }}, matched.result)
    group by calls.call_id
)

select
    calls.call_id as attempt_id,
    'call:' || calls.call_id as evidence,
    calls.started_at as attempted_at,
    calls.phone_hash,
    calls.customer_id,
    calls.person_id,
    calls.outcome = 'answered' or told.is_reached as is_reached,
    told.is_refusal,
    told.is_wrong_number,
    told.is_open
from calls
inner join told on calls.call_id = told.call_id
union all
select
    outcomes.attempt_id,
    'outcome:' || outcomes.attempt_id as evidence,
    outcomes.attempted_at,
    null as phone_hash,
    holders.customer_id,
    coalesce(members.person_id, outcomes.target_person_id) as person_id,
    coalesce(results.is_reached, false) as is_reached,
    coalesce(results.is_refusal, false) as is_refusal,
    coalesce(results.is_wrong_number, false) as is_wrong_number,
    coalesce(results.is_open, false) as is_open
from outcomes
left join matched on outcomes.attempt_id = matched.attempt_id
left join {{ ref('int_journeys__signed_contracts') }} as holders
    on outcomes.contract_id = holders.contract_id
left join {{ ref('int_identity__members') }} as members
    on members.identifier_type = 'customer_id' and holders.customer_id = members.identifier_value
left join {{ ref('lead_results') }} as results
    on outcomes.result = results.result
where outcomes.minutes_before = 0 and matched.attempt_id is null
union all
select
    {{ hash_key(["'given'", 'target_id']) }} as attempt_id,
    'given:' || target_id as evidence,
    slot_start_at as attempted_at,
    null as phone_hash,
    null as customer_id,
    person_id,
    false as is_reached,
    false as is_refusal,
    false as is_wrong_number,
    false as is_open
from {{ ref('int_e_rebond__silent_leads') }}
