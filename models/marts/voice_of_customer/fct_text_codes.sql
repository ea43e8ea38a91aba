-- grain: one row per analysed text (text_kind, record_id)
select
    text_kind,
    record_id,
    person_id,
    call_id,
    said_at,
    journey_stage,
    contact_channel,
    method,
    language,
    theme,
    sentiment,
    balance,
    emotion,
    contact_reason,
    irritant,
    idea,
    life_event,
    switching_threat
from {{ ref('int_voice_of_customer__coded_texts') }}
