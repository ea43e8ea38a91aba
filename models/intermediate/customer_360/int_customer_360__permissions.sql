-- grain: one row per person and purpose on which a decision is known, and what holds now (person_id, purpose)
--
-- Permission is the exact person's: a consent by an identifier that the person alone holds now.
-- Protection is wider: one withdrawal later than the consent, by any identifier that the person holds
-- now or held when they withdrew, is a no.
with decisions as (
    select
        members.person_id,
        consents.purpose,
        consents.consent_id,
        consents.status,
        consents.effective_at,
        consents.status = 'granted' and consents.proof_ref is not null
        and coalesce(consents.expires_at, {{ never() }}) > {{ as_of() }} as is_grant,
        consents.expires_at
    from {{ ref('int_canonical__consents') }} as consents
    inner join {{ ref('int_identity__members') }} as members
        on
            {{ identifier_type('consents.subject_kind') }} = members.identifier_type
            and consents.subject_key = members.identifier_value
            and (
                (
                    {{ held_at('members', as_of()) }}
                    -- Nor was it given by somebody who held the identifier before. Nobody holds a cookie
                    -- before its first visit, but the banner is answered before the first event: within the
                    -- hour. To link its navigation a cookie decides for itself, however long before.
                    and (
                        consents.status = 'withdrawn'
                        or consents.effective_at >= members.valid_from
                        or (
                            members.identifier_type = 'visitor_id'
                            and members.valid_from <= members.first_seen_at
                            and (
                                consents.purpose = 'navigation_linking'
                                or consents.effective_at >= {{ add_seconds('members.first_seen_at', -3600) }}
                            )
                        )
                    )
                )
                -- an address given up since: the no that was said by it stays
                or (consents.status = 'withdrawn' and {{ held_at('members', 'consents.effective_at') }})
            )
    where consents.effective_at <= {{ as_of() }}
),

refusals as (
    select
        person_id,
        purpose,
        max(effective_at) as refused_at
    from decisions
    where status = 'withdrawn'
    group by person_id, purpose
),

grants as (
    select
        person_id,
        purpose,
        consent_id,
        effective_at,
        expires_at
    from decisions
    where is_grant
    qualify
        row_number() over (partition by person_id, purpose order by effective_at desc, consent_id asc) = 1
)

select
    decided.person_id,
    decided.purpose,
    case
        when grants.effective_at > coalesce(refusals.refused_at, {{ ever() }}) then 'granted'
        when refusals.person_id is not null then 'refused'
        else 'lapsed'
    end as status,
    case
        when grants.effective_at > coalesce(refusals.refused_at, {{ ever() }}) then grants.consent_id
    end as consent_id,
    case
        when grants.effective_at > coalesce(refusals.refused_at, {{ ever() }}) then grants.expires_at
    end as expires_at
from (
    select distinct
        person_id,
        purpose
    from decisions
) as decided
left join grants
    on decided.person_id = grants.person_id and decided.purpose = grants.purpose
left join refusals
    on decided.person_id = refusals.person_id and decided.purpose = refusals.purpose
