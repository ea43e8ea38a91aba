-- grain: one row per target and action that the contact centre spoke of (target_id, action)
select
    target_id,
    action,
    status,
    acknowledged_at
from {{ source('audit', 'lead_acknowledgements') }}
