-- grain: one row per call of ours, answered or not, and per outcome of a lead without a call of ours
-- in the records (attempt_id)
--
-- An outcome written down within a minute of a call's start by the adviser who made it is that call's.
-- A call that nobody answered has no adviser: then the minute decides.
with calls as (
    select
        calls.call_id,
        calls.started_at,
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
        {{ hash_key(["'outcome'", 'target_id', epoch_us('attempted_at')]) }} as attempt_id,
        target_id,
        attempted_at,
        {{ alias_key('result') }} as result,
        contract_id,
        adviser_id,
        {{ explode_integers(-1, 1) }} as minute_step
    from {{ ref('int_canonical__lead_outcomes') }}
),

matched as (
    select
        outcomes.attempt_id,
        calls.call_id,
        outcomes.result
    from outcomes
    inner join calls
        on
            {{ epoch_s('outcomes.attempted_at') }} // 60 + outcomes.minute_step
            = {{ epoch_s('calls.started_at') }} // 60
            and abs({{ seconds_between('outcomes.attempted_at', 'calls.started_at') }}) <= 60
            and coalesce(calls.adviser_id, outcomes.adviser_id, '') = coalesce(outcomes.adviser_id, '')
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
    coalesce(members.person_id, targets.person_id) as person_id,
    coalesce(results.is_reached, false) as is_reached,
    coalesce(results.is_refusal, false) as is_refusal,
    coalesce(results.is_wrong_number, false) as is_wrong_number,
    coalesce(results.is_open, false) as is_open
from outcomes
left join matched on outcomes.attempt_id = matched.attempt_id
-- a lead of ours tells whom it was for
left join {{ ref('int_canonical__planned_targets') }} as targets
    on outcomes.target_id = targets.target_id
left join {{ ref('int_journeys__signed_contracts') }} as holders
    on outcomes.contract_id = holders.contract_id
left join {{ ref('int_identity__members') }} as members
    on members.identifier_type = 'customer_id' and holders.customer_id = members.identifier_value
left join {{ ref('lead_results') }} as results
    on outcomes.result = results.result
where outcomes.minute_step = 0 and matched.attempt_id is null
