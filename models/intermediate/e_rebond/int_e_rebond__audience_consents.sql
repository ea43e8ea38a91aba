-- grain: one row per candidate and channel that may carry an advertisement to it (candidate_id, channel)
--
-- Permission doesn't widen: the consent is the exact customer's, or the visitor's or the address's
-- that the person alone has. Protection does: one withdrawal later than the consent, or one entry in
-- our own list, by any identifier of the person, is a no.
with channels as (
    select
        'email' as channel,
        'email_prospecting' as purpose
    union all
    select
        'display' as channel,
        'ad_personalisation' as purpose
),

subjects as (
    select
        candidate_id,
        key_type,
        key_value
    from {{ ref('int_e_rebond__reach') }}
    union distinct
    select
        candidate_id,
        'visitor_id' as key_type,
        visitor_id as key_value
    from {{ ref('int_e_rebond__candidates') }}
    where visitor_id is not null
),

decisions as (
    select
        channels.channel,
        channels.purpose,
        {{ identifier_type('consents.subject_kind') }} as key_type,
        consents.subject_key as key_value,
        consents.consent_id,
        consents.status,
        consents.effective_at,
        consents.expires_at,
        consents.proof_ref
    from {{ ref('int_canonical__consents') }} as consents
    inner join channels on consents.purpose = channels.purpose
    where consents.effective_at <= {{ as_of() }}
),

refusals as (
    select
        subjects.candidate_id,
        decisions.channel,
        max(decisions.effective_at) as refused_at
    from decisions
    inner join subjects
        on decisions.key_type = subjects.key_type and decisions.key_value = subjects.key_value
    where decisions.status = 'withdrawn'
    group by subjects.candidate_id, decisions.channel
),

opposed as (
    select distinct subjects.candidate_id
    from {{ ref('int_canonical__oppositions') }} as oppositions
    inner join subjects
        on
            {{ identifier_type('oppositions.subject_kind') }} = subjects.key_type
            and oppositions.subject_key = subjects.key_value
    where
        oppositions.opposition_list = 'internal'
        and coalesce(oppositions.effective_at, {{ as_of() }}) <= {{ as_of() }}
        and coalesce(oppositions.ends_at, {{ never() }}) > {{ as_of() }}
),

own as (
    select
        candidates.candidate_id,
        'customer_id' as key_type,
        candidates.customer_id as key_value
    from {{ ref('int_e_rebond__candidates') }} as candidates
    where candidates.customer_id is not null
    union distinct
    select
        candidates.candidate_id,
        'visitor_id' as key_type,
        candidates.visitor_id as key_value
    from {{ ref('int_e_rebond__candidates') }} as candidates
    where candidates.visitor_id is not null
    union distinct
    select
        candidates.candidate_id,
        'email_hash' as key_type,
        members.identifier_value as key_value
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('int_identity__members') }} as members
        on
            candidates.person_id = members.person_id
            and members.identifier_type = 'email_hash'
            and {{ held_at('members', as_of()) }}
)

select
    own.candidate_id,
    decisions.channel,
    decisions.purpose,
    decisions.consent_id,
    decisions.expires_at
from own
inner join decisions
    on own.key_type = decisions.key_type and own.key_value = decisions.key_value
left join refusals
    on own.candidate_id = refusals.candidate_id and decisions.channel = refusals.channel
left join opposed on own.candidate_id = opposed.candidate_id
where
    decisions.status = 'granted'
    and decisions.proof_ref is not null
    and coalesce(decisions.expires_at, {{ never() }}) > {{ as_of() }}
    and coalesce(refusals.refused_at, {{ ever() }}) < decisions.effective_at
    and opposed.candidate_id is null
qualify
    row_number() over (
        partition by own.candidate_id, decisions.channel
        order by decisions.effective_at desc, decisions.consent_id asc
    ) = 1
