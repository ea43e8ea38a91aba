-- grain: one row per identifier and period in which it was one person's (identifier_type, identifier_value, valid_from)
select
    placements.identifier_type,
    placements.identifier_value,
    placements.starts_at as valid_from,
    placements.ends_at as valid_to,
    ledger.person_id,
    coalesce(
        methods.link_method,
        case when placements.identifier_type = 'customer_id' then 'customer' else 'alone' end
    ) as link_method,
    coalesce(methods.confidence, 1) as confidence,
    placements.first_seen_at,
    placements.last_seen_at
from {{ ref('int_identity__placements') }} as placements
inner join {{ ref('int_identity__id_ledger') }} as ledger
    on placements.member_id = ledger.member_id
left join {{ ref('int_identity__link_methods') }} as methods
    on placements.member_id = methods.member_id
