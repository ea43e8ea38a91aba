-- grain: one row per source that can deliver (source)
select
    freshness.family || '/' || freshness.format as source,
    coalesce(own.data_kind, usual.data_kind) as data_kind,
    coalesce(own.origin, usual.origin) as origin,
    coalesce(own.owner, usual.owner) as owner,
    coalesce(own.use, usual.use) as use,
    freshness.row_count,
    freshness.last_event_at,
    freshness.row_count > 0 as is_in_use
from {{ ref('int_canonical__source_freshness') }} as freshness
left join {{ ref('source_register_rules') }} as own
    on freshness.family = own.family and freshness.format = own.format
left join {{ ref('source_register_rules') }} as usual
    on freshness.family = usual.family and usual.format = '*'
