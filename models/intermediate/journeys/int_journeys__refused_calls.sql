-- grain: one row per call whose caller refused that navigation be linked (call_id)
--
-- By number or as a customer; a consent since then allows what comes after it.
with subjects as (
    select
        call_id,
        started_at,
        'phone_hash' as identifier_type,
        other_party_hash as identifier_value
    from {{ ref('int_canonical__calls') }}
    union all
    select
        call_id,
        started_at,
        'customer_id' as identifier_type,
        customer_id as identifier_value
    from {{ ref('int_canonical__calls') }}
)

select distinct subjects.call_id
from subjects
inner join {{ ref('int_identity__refused_subjects') }} as refusals
    on
        subjects.identifier_type = refusals.identifier_type
        and subjects.identifier_value = refusals.identifier_value
where
    subjects.started_at >= refusals.starts_at
    and subjects.started_at < refusals.ends_at
    and not {{ linkable_again('refusals', 'subjects.started_at', 'subjects.started_at') }}
