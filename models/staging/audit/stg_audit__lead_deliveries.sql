-- grain: one row per line of a lead file (file_name, line)
select
    file_name,
    line,
    action,
    target_id,
    person_id,
    trigger,
    product_id,
    detected_at,
    call_date,
    slot_start_at,
    slot_end_at,
    consumer_time_zone,
    team,
    reason,
    delivered_at
from {{ source('audit', 'lead_deliveries') }}
