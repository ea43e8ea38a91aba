-- grain: one row per sign not used (left_node, right_node, method, first_seen_at, held_until_at)
--
-- Signs of navigation that may not be used, because somebody withdrew.
-- Whom the sign names refused, or who used the device then. A new consent joins what comes after it.
select
    signs.left_node,
    signs.right_node,
    signs.method,
    signs.first_seen_at,
    coalesce(signs.last_seen_at, {{ never() }}) as held_until_at
from {{ ref('int_identity__all_signs') }} as signs
inner join {{ ref('int_identity__refused_subjects') }} as refusals
    on
        signs.linked_type = refusals.identifier_type
        and signs.linked_value = refusals.identifier_value
        and signs.first_seen_at >= refusals.starts_at
        and signs.first_seen_at < refusals.ends_at
where not ({{ linkable_again('refusals', 'signs.first_seen_at', 'coalesce(signs.last_seen_at, signs.first_seen_at)') }})
union
select
    signs.left_node,
    signs.right_node,
    signs.method,
    signs.first_seen_at,
    coalesce(signs.last_seen_at, {{ never() }}) as held_until_at
from {{ ref('int_identity__all_signs') }} as signs
inner join {{ ref('int_identity__refused_visits') }} as refusals
    on
        signs.visitor_id = refusals.visitor_id
        and signs.first_seen_at >= refusals.starts_at
        and signs.first_seen_at < refusals.ends_at
where not ({{ linkable_again('refusals', 'signs.first_seen_at', 'coalesce(signs.last_seen_at, signs.first_seen_at)') }})
