-- grain: one row per identifier that withdrew, and period of it (identifier_type, identifier_value, starts_at)
--
-- Who withdrew navigation linking, in periods in which the identifier changed no hands.
-- What a former holder of a number decided is no decision of who has it now. A withdrawal is lifted
-- by the consents after it, from the last unbroken row of them on, until they expire.
with decisions as (
    select
        consent_id,
        {{ identifier_type('subject_kind') }} as identifier_type,
        subject_key as identifier_value,
        status,
        effective_at,
        coalesce(expires_at, {{ never() }}) as expires_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'navigation_linking' and subject_kind <> 'visitor_id' and subject_key is not null
),

placed as (
    select
        decisions.*,
        coalesce(periods.starts_at, {{ ever() }}) as starts_at,
        coalesce(periods.ends_at, {{ never() }}) as ends_at
    from decisions
    left join {{ ref('int_identity__periods') }} as periods
        on
            decisions.identifier_type = periods.identifier_type
            and decisions.identifier_value = periods.identifier_value
            and decisions.effective_at >= periods.starts_at
            and decisions.effective_at < periods.ends_at
),

withdrawn as (
    select
        identifier_type,
        identifier_value,
        starts_at,
        max(ends_at) as ends_at,
        max(effective_at) as withdrawn_at
    from placed
    where status = 'withdrawn'
    group by identifier_type, identifier_value, starts_at
),

granted as (
    select
        placed.identifier_type,
        placed.identifier_value,
        placed.starts_at,
        placed.effective_at,
        placed.expires_at,
        lag(placed.expires_at) over (
            partition by placed.identifier_type, placed.identifier_value, placed.starts_at
            order by placed.effective_at, placed.consent_id
        ) as last_expires_at,
        lead(placed.effective_at) over (
            partition by placed.identifier_type, placed.identifier_value, placed.starts_at
            order by placed.effective_at, placed.consent_id
        ) as replaced_at
    from placed
    inner join withdrawn
        on
            placed.identifier_type = withdrawn.identifier_type
            and placed.identifier_value = withdrawn.identifier_value
            and placed.starts_at = withdrawn.starts_at
    where placed.status = 'granted' and placed.effective_at > withdrawn.withdrawn_at
),

lifted as (
    select
        identifier_type,
        identifier_value,
        starts_at,
        max(case when coalesce(last_expires_at < effective_at, true) then effective_at end) as linkable_again_at,
        max(case when replaced_at is null then expires_at end) as linkable_until_at
    from granted
    group by identifier_type, identifier_value, starts_at
)

select
    withdrawn.identifier_type,
    withdrawn.identifier_value,
    withdrawn.starts_at,
    withdrawn.ends_at,
    withdrawn.withdrawn_at,
    lifted.linkable_again_at,
    lifted.linkable_until_at
from withdrawn
left join lifted
    on
        withdrawn.identifier_type = lifted.identifier_type
        and withdrawn.identifier_value = lifted.identifier_value
        and withdrawn.starts_at = lifted.starts_at
