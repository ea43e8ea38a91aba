-- grain: one row per visitor and number that dialled the number shown to them on two calls or more
--
-- One exact lease names a session, not a caller: a spouse may dial. Only repetition is evidence.
select
    visitor_id,
    caller_hash as phone_hash,
    min(started_at) as first_seen_at,
    max(started_at) as last_seen_at,
    count(*) as call_count
from {{ ref('int_identity__lease_calls') }}
group by visitor_id, caller_hash
having count(*) >= 2
