-- grain: one row per campaign_id
select
    campaign_id,
    campaign_name,
    marketing_channel,
    product_id,
    starts_at,
    ends_at,
    is_peak,
    coalesce(starts_at <= {{ as_of() }}, true)
    and coalesce(ends_at > {{ as_of() }}, true) as is_running
from {{ ref('int_canonical__campaigns') }}
