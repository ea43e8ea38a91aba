-- grain: one row per candidate: what is known of it now that a score may read (candidate_id)
--
-- Visits count where consent lets them be the person's. Whose name isn't known has none of these.
{%- set since = add_seconds(as_of(), '-86400 * ' ~ var('lead_signal_days')) %}
with candidates as (
    select *
    from {{ ref('int_e_rebond__candidates') }}
),

persons as (
    select distinct person_id
    from candidates
    where person_id is not null
),

visits as (
    select
        persons.person_id,
        count(*) as visit_count
    from persons
    inner join {{ ref('int_journeys__session_persons') }} as sessions
        on persons.person_id = sessions.person_id
    inner join {{ ref('int_journeys__session_totals') }} as totals
        on sessions.session_key = totals.session_key
    where
        {{ timestamp_from_us('totals.first_event_us') }} >= {{ since }}
        and {{ timestamp_from_us('totals.first_event_us') }} < {{ as_of() }}
    group by persons.person_id
),

calls as (
    select
        persons.person_id,
        count(case when calls.direction = 'inbound' then 1 end) as inbound_call_count,
        count(case when calls.direction = 'outbound' then 1 end) as call_attempt_count
    from persons
    inner join {{ ref('int_journeys__call_persons') }} as sides
        on persons.person_id = sides.person_id
    inner join {{ ref('int_canonical__calls') }} as calls
        on sides.call_id = calls.call_id
    where calls.started_at >= {{ since }} and calls.started_at < {{ as_of() }}
    group by persons.person_id
),

contracts as (
    select
        persons.person_id,
        count(case when contracts.closed_at is null or contracts.closed_at > {{ as_of() }} then 1 end)
            as contract_count,
        min(contracts.opened_at) as first_opened_at
    from persons
    inner join {{ ref('int_journeys__signed_contracts') }} as contracts
        on persons.person_id = contracts.person_id
    where contracts.opened_at < {{ as_of() }}
    group by persons.person_id
),

complaints as (
    select
        persons.person_id,
        count(*) as complaint_count
    from persons
    inner join {{ ref('int_identity__members') }} as members
        on persons.person_id = members.person_id and members.identifier_type = 'customer_id'
    inner join {{ ref('int_canonical__cases') }} as cases
        on members.identifier_value = cases.customer_id
    where cases.case_kind = 'complaint' and cases.opened_at >= {{ since }} and cases.opened_at < {{ as_of() }}
    group by persons.person_id
)

select
    candidates.candidate_id,
    candidates.trigger,
    candidates.product_id,
    cast(candidates.furthest_step as double) / nullif(candidates.step_count, 0) as step_rate,
    {{ seconds_between('candidates.detected_at', as_of()) }} / 3600.0 as hours_since_sign,
    coalesce(visits.visit_count, 0) as visit_count,
    coalesce(calls.inbound_call_count, 0) as inbound_call_count,
    coalesce(calls.call_attempt_count, 0) as call_attempt_count,
    coalesce(contracts.contract_count, 0) as contract_count,
    {{ seconds_between('contracts.first_opened_at', as_of()) }} / 86400 as customer_days,
    coalesce(complaints.complaint_count, 0) as complaint_count
from candidates
left join visits on candidates.person_id = visits.person_id
left join calls on candidates.person_id = calls.person_id
left join contracts on candidates.person_id = contracts.person_id
left join complaints on candidates.person_id = complaints.person_id
