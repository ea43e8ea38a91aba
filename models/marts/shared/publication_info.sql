-- grain: one row per source: a family and format that has delivered
{% set zone = "'" ~ var('business_time_zone') ~ "'" %}
select
    family || '/' || format as source,
    {{ as_of() }} as as_of,
    -- The publisher stamps its own copy; the warehouse's isn't published.
    cast(null as timestamp) as published_at,
    last_event_at,
    row_count,
    cast({{ utc_to_local('last_event_at', zone) }} as date)
    >= cast({{ utc_to_local(as_of(), zone) }} as date) as is_partial_day
from {{ ref('int_canonical__source_freshness') }}
