-- grain: one row per contact with us on any channel (interaction_id)
select
    interaction_id,
    person_id,
    contact_channel,
    journey_stage,
    occurred_at,
    place,
    owning_function,
    source,
    direction,
    reason_code,
    session_id,
    call_id
from {{ ref('int_journeys__interactions') }}
