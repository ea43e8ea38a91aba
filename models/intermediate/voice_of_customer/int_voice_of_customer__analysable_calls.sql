-- grain: one row per call whose transcript may be analysed (call_id)
--
-- A yes counts for its person, or for the number where nobody is known behind it, and must be in force
-- when the call begins. A no of the person's on any channel ends it, also for earlier calls, and so does
-- a no of the number that the call came from, whoever spoke.
with decisions as (
    select
        coalesce(members.person_id, consents.subject_key) as subject,
        consents.status,
        consents.effective_at,
        consents.expires_at
    from {{ ref('int_canonical__consents') }} as consents
    left join {{ ref('int_identity__members') }} as members
        on
            {{ identifier_type('consents.subject_kind') }} = members.identifier_type
            and consents.subject_key = members.identifier_value
            -- a customer's number is theirs for good
            and consents.effective_at
            >= case when members.identifier_type = 'customer_id' then {{ ever() }} else members.valid_from end
            and consents.effective_at
            < case
                when members.identifier_type = 'customer_id' then {{ never() }}
                else coalesce(members.valid_to, {{ never() }})
            end
    where
        consents.purpose = 'conversation_analysis'
        -- who only browses doesn't speak
        and consents.subject_kind <> 'visitor_id'
),

refusals as (
    select
        subject,
        max(effective_at) as refused_at
    from decisions
    where status = 'withdrawn'
    group by subject
),

-- a number's no, whoever is known behind it
number_refusals as (
    select
        subject_key as phone_hash,
        max(effective_at) as refused_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'conversation_analysis' and status = 'withdrawn' and subject_kind = 'phone'
    group by subject_key
),

grants as (
    select
        decisions.subject,
        decisions.effective_at,
        coalesce(decisions.expires_at, {{ never() }}) as expires_at
    from decisions
    left join refusals on decisions.subject = refusals.subject
    where
        decisions.status = 'granted'
        and (refusals.refused_at is null or refusals.refused_at < decisions.effective_at)
),

speakers as (
    select
        calls.call_id,
        calls.started_at,
        coalesce(persons.person_id, calls.other_party_hash) as subject,
        number_refusals.refused_at as number_refused_at
    from {{ ref('int_canonical__calls') }} as calls
    left join {{ ref('int_journeys__call_persons') }} as persons
        on calls.call_id = persons.call_id
    left join number_refusals
        on calls.other_party_hash = number_refusals.phone_hash
)

select distinct speakers.call_id
from speakers
inner join grants
    on
        speakers.subject = grants.subject
        and speakers.started_at >= grants.effective_at
        and speakers.started_at < grants.expires_at
where coalesce(speakers.number_refused_at < grants.effective_at, true)
