-- grain: one row per profile, by whom it is of; traits are bands and codes (subject_kind, subject_id)
--
-- Customers are here with their consent to personalised advertisements alone. Who is none is scored by
-- visits for our own sites, and may leave with a consent of their own or of the device's.
with persons as (
    select
        people.person_id,
        people.is_customer,
        levels.value_quintile,
        permissions.person_id is not null as is_activable,
        permissions.expires_at
    from {{ ref('int_identity__persons') }} as people
    inner join {{ ref('int_customer_360__treatment_levels') }} as levels
        on people.person_id = levels.person_id
    left join {{ ref('int_customer_360__permissions') }} as permissions
        on
            people.person_id = permissions.person_id
            and permissions.purpose = 'ad_personalisation'
            and permissions.status = 'granted'
    left join {{ ref('int_customer_360__interests') }} as interests
        on people.person_id = interests.subject_id and interests.subject_kind = 'person'
    where permissions.person_id is not null or (not people.is_customer and interests.subject_id is not null)
),

device_decisions as (
    select
        subject_key as visitor_id,
        status,
        effective_at,
        -- a consent that can't be proved, or has run out, permits nothing
        status = 'granted' and proof_ref is not null
        and coalesce(expires_at, {{ never() }}) > {{ as_of() }} as is_grant,
        coalesce(expires_at, {{ never() }}) as expires_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'ad_personalisation' and subject_kind = 'visitor_id' and effective_at <= {{ as_of() }}
),

device_refusals as (
    select
        visitor_id,
        max(effective_at) as refused_at
    from device_decisions
    where status = 'withdrawn'
    group by visitor_id
),

device_consents as (
    select
        decisions.visitor_id,
        max(decisions.expires_at) as expires_at
    from device_decisions as decisions
    left join device_refusals as refusals on decisions.visitor_id = refusals.visitor_id
    where decisions.is_grant and decisions.effective_at > coalesce(refusals.refused_at, {{ ever() }})
    group by decisions.visitor_id
),

subjects as (
    select
        'person' as subject_kind,
        persons.person_id as subject_id,
        case when persons.is_customer then 'customer' else 'prospect' end as lifecycle,
        case when persons.value_quintile >= 4 then 'high' when persons.value_quintile is not null then 'usual' end
            as value_band,
        persons.is_activable,
        persons.expires_at
    from persons
    union all
    select
        'visitor' as subject_kind,
        interests.subject_id,
        'anonymous' as lifecycle,
        cast(null as varchar) as value_band,
        consents.visitor_id is not null as is_activable,
        consents.expires_at
    from {{ ref('int_customer_360__interests') }} as interests
    left join device_consents as consents on interests.subject_id = consents.visitor_id
    where interests.subject_kind = 'visitor'
),

hash_keys as (
    select max(fingerprint) as fingerprint
    from {{ ref('int_canonical__hash_key') }}
)

select
    {{ hash_key(["'profile'", 'subjects.subject_kind', 'subjects.subject_id', 'hash_keys.fingerprint']) }}
        as profile_id,
    subjects.subject_kind,
    subjects.subject_id,
    subjects.lifecycle,
    coalesce(subjects.value_band, 'unknown') as value_band,
    coalesce(interests.product_id, 'none') as product_id,
    coalesce(interests.device_class, 'unknown') as device_class,
    case
        when coalesce(interests.interest_points, 0) >= {{ var('appetence_points') }} then 'strong'
        when interests.interest_points > 0 then 'some'
        else 'none'
    end as interest_band,
    case
        when interests.visit_count is null then 'none'
        when interests.visit_count = 1 then 'one'
        when interests.visit_count < 5 then 'few'
        else 'many'
    end as visit_band,
    subjects.is_activable,
    least(
        coalesce(subjects.expires_at, {{ never() }}),
        {{ add_seconds(as_of(), '86400 * ' ~ var('profile_days')) }}
    ) as expires_at
from subjects
left join {{ ref('int_customer_360__interests') }} as interests
    on subjects.subject_kind = interests.subject_kind and subjects.subject_id = interests.subject_id
left join hash_keys on 1 = 1
