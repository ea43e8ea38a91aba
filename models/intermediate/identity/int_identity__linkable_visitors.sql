-- grain: one row per visitor whose navigation may be linked, and from when to when (visitor_id)
--
-- For what names a visitor outside the tags (an order, a contact, a lease): consent by the tag holds
-- until it is refused; the CRM's has an end.
with spans as (
    select
        visitor_id,
        min(first_seen_at) as linkable_from,
        cast(null as timestamp) as linkable_to
    from {{ ref('int_identity__web_evidence') }}
    group by visitor_id
    union all
    select
        periods.visitor_id,
        greatest(periods.starts_at, coalesce(refusals.refused_at, periods.starts_at)) as linkable_from,
        periods.ends_at as linkable_to
    from {{ ref('int_identity__consent_periods') }} as periods
    left join {{ ref('int_identity__visitor_refusals') }} as refusals
        on periods.visitor_id = refusals.visitor_id
    where coalesce(periods.ends_at > refusals.refused_at, true)
)

select
    visitor_id,
    min(linkable_from) as linkable_from,
    max(coalesce(linkable_to, {{ never() }})) as linkable_to
from spans
group by visitor_id
