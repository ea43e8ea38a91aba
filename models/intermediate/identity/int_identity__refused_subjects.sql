-- grain: one row per identifier refused, and period of it (identifier_type, identifier_value, starts_at)
--
-- Who withdrew navigation linking, and what somebody has who did.
-- Protection widens: a withdrawal counts for the customer by all their numbers, and for all that is
-- known to be theirs. Permission doesn't: what was withdrawn by several may be linked again only
-- while each of them consents again.
with holders as (
    select
        identifier_type,
        identifier_value,
        anchor,
        starts_at,
        ends_at
    from {{ ref('int_identity__holders') }}
    where identifier_type <> 'visitor_id'
    union all
    select
        identifier_type,
        identifier_value,
        anchor,
        starts_at,
        ends_at
    from {{ ref('int_identity__observed_holders') }}
    union all
    select
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        'customer:' || customer_set_id as anchor,
        {{ ever() }} as starts_at,
        {{ never() }} as ends_at
    from {{ ref('int_identity__customer_sets') }}
),

-- Who withdrew: a customer, a login that the CRM doesn't know, or whoever used a device.
refusing as (
    select
        holders.anchor,
        refusals.withdrawn_at,
        refusals.linkable_again_at,
        refusals.linkable_until_at
    from {{ ref('int_identity__refusals') }} as refusals
    inner join holders
        on
            refusals.identifier_type = holders.identifier_type
            and refusals.identifier_value = holders.identifier_value
            and refusals.starts_at = holders.starts_at
),

widened as (
    select
        identifier_type,
        identifier_value,
        starts_at,
        ends_at,
        withdrawn_at,
        linkable_again_at,
        linkable_until_at
    from {{ ref('int_identity__refusals') }}
    union all
    select
        holders.identifier_type,
        holders.identifier_value,
        holders.starts_at,
        holders.ends_at,
        refusing.withdrawn_at,
        refusing.linkable_again_at,
        refusing.linkable_until_at
    from refusing
    inner join holders
        on refusing.anchor = holders.anchor
    union all
    select
        'login_id' as identifier_type,
        substr(anchor, 7) as identifier_value,
        {{ ever() }} as starts_at,
        {{ never() }} as ends_at,
        withdrawn_at,
        linkable_again_at,
        linkable_until_at
    from refusing
    where anchor like 'login:%'
),

combined as (
    select
        identifier_type,
        identifier_value,
        starts_at,
        max(ends_at) as ends_at,
        max(withdrawn_at) as withdrawn_at,
        case when count(*) = count(linkable_again_at) then max(linkable_again_at) end as linkable_again_at,
        case when count(*) = count(linkable_again_at) then min(linkable_until_at) end as linkable_until_at
    from widened
    group by identifier_type, identifier_value, starts_at
)

select
    identifier_type,
    identifier_value,
    starts_at,
    ends_at,
    withdrawn_at,
    case when linkable_again_at < linkable_until_at then linkable_again_at end as linkable_again_at,
    case when linkable_again_at < linkable_until_at then linkable_until_at end as linkable_until_at
from combined
