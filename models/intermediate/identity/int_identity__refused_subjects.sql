-- grain: one row per identifier that withdrew navigation linking (identifier_type, identifier_value)
--
-- Protection widens: a withdrawal by one of a customer's identifiers counts for the customer and for
-- all that the CRM knows of them. `linkable_again_at` is set where the last decision is a consent.
with decisions as (
    select
        {{ identifier_type('subject_kind') }} as identifier_type,
        subject_key as identifier_value,
        status,
        effective_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'navigation_linking' and subject_kind <> 'visitor_id' and subject_key is not null
),

withdrawn as (
    select
        identifier_type,
        identifier_value,
        max(case when status = 'withdrawn' then effective_at end) as withdrawn_at,
        max(case when status = 'granted' then effective_at end) as granted_at
    from decisions
    group by identifier_type, identifier_value
    having max(case when status = 'withdrawn' then effective_at end) is not null
),

customers as (
    select
        coalesce(identifiers.customer_id, withdrawn.identifier_value) as customer_id,
        withdrawn.withdrawn_at,
        withdrawn.granted_at
    from withdrawn
    left join {{ ref('int_canonical__identifiers') }} as identifiers
        on
            withdrawn.identifier_type = identifiers.identifier_type
            and withdrawn.identifier_value = identifiers.identifier_value
    where withdrawn.identifier_type = 'customer_id' or identifiers.customer_id is not null
),

widened as (
    select
        identifier_type,
        identifier_value,
        withdrawn_at,
        granted_at
    from withdrawn
    union all
    select
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        withdrawn_at,
        granted_at
    from customers
    union all
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        customers.withdrawn_at,
        customers.granted_at
    from customers
    inner join {{ ref('int_canonical__identifiers') }} as identifiers
        on customers.customer_id = identifiers.customer_id
    where identifiers.identifier_type <> 'visitor_id'
)

select
    identifier_type,
    identifier_value,
    max(withdrawn_at) as withdrawn_at,
    case when max(granted_at) > max(withdrawn_at) then max(granted_at) end as linkable_again_at
from widened
group by identifier_type, identifier_value
