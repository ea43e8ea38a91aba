-- Codes of a conversation without consent to conversation_analysis in force when it began.
select codes.record_id
from {{ ref('fct_text_codes') }} as codes
left join {{ ref('int_voice_of_customer__analysable_calls') }} as calls
    on codes.record_id = calls.call_id
where codes.text_kind = 'transcript' and calls.call_id is null
