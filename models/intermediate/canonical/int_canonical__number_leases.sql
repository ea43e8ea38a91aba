-- grain: one row per lease of a number to a visitor (lease_id)
select
    lease_id,
    pool_id,
    own_number,
    own_number_hash,
    visitor_id,
    tracker_session_id,
    page_url,
    assigned_at,
    greatest(coalesce(last_seen_at, assigned_at), assigned_at) as last_seen_at,
    released_at,
    reason,
    consent_status
from {{ ref('stg_call_records__number_leases') }}
