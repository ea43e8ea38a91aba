-- grain: one row per identifier, period in which it changed no hands, and who had it (node_id, starts_at, anchor)
--
-- By the CRM, or recognised on the device. An identifier that never changed hands has one period.
select distinct
    claims.node_id,
    claims.identifier_type,
    claims.identifier_value,
    claims.anchor,
    coalesce(periods.starts_at, {{ ever() }}) as starts_at,
    coalesce(periods.ends_at, {{ never() }}) as ends_at
from {{ ref('int_identity__claims') }} as claims
left join {{ ref('int_identity__periods') }} as periods
    on
        claims.node_id = periods.node_id
        and {{ seen_in('periods', 'claims.starts_at', 'claims.ends_at', 'claims.is_declared') }}
