-- grain: one row per device and period whose user refused that navigation be linked (visitor_id, starts_at)
--
-- Who was recognised on the device decides; where nobody was, whose address or number was seen there.
with touched as (
    select
        signs.visitor_id,
        signs.linked_type in ('customer_id', 'login_id') as is_recognised,
        signs.first_seen_at,
        refusals.linkable_again_at,
        refusals.linkable_until_at
    from {{ ref('int_identity__all_signs') }} as signs
    inner join {{ ref('int_identity__refused_subjects') }} as refusals
        on
            signs.linked_type = refusals.identifier_type
            and signs.linked_value = refusals.identifier_value
            and signs.first_seen_at >= refusals.starts_at
            and signs.first_seen_at < refusals.ends_at
),

placed as (
    select
        touched.*,
        coalesce(periods.starts_at, {{ ever() }}) as starts_at,
        coalesce(periods.ends_at, {{ never() }}) as ends_at
    from touched
    left join {{ ref('int_identity__periods') }} as periods
        on
            periods.identifier_type = 'visitor_id'
            and touched.visitor_id = periods.identifier_value
            and touched.first_seen_at >= periods.starts_at
            and touched.first_seen_at < periods.ends_at
),

recognised as (
    select distinct
        identifier_value as visitor_id,
        starts_at
    from {{ ref('int_identity__holders') }}
    where identifier_type = 'visitor_id'
),

combined as (
    select
        placed.visitor_id,
        placed.starts_at,
        max(placed.ends_at) as ends_at,
        case when count(*) = count(placed.linkable_again_at) then max(placed.linkable_again_at) end
            as linkable_again_at,
        case when count(*) = count(placed.linkable_again_at) then min(placed.linkable_until_at) end
            as linkable_until_at
    from placed
    left join recognised
        on placed.visitor_id = recognised.visitor_id and placed.starts_at = recognised.starts_at
    where placed.is_recognised or recognised.visitor_id is null
    group by placed.visitor_id, placed.starts_at
)

select
    visitor_id,
    starts_at,
    ends_at,
    case when linkable_again_at < linkable_until_at then linkable_again_at end as linkable_again_at,
    case when linkable_again_at < linkable_until_at then linkable_until_at end as linkable_until_at
from combined
