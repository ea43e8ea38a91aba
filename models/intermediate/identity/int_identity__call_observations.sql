-- grain: one row per call that names its customer, and per survey answer that names its caller (method, reference_id)
with calls as (
    select
        call_id,
        customer_id,
        started_at,
        other_party_hash as phone_hash
    from {{ ref('int_canonical__calls') }}
),

answers as (
    select
        answers.source_format || ':' || answers.response_id || ':' || answers.question_id as reference_id,
        {{ identifier_type('answers.respondent_kind') }} as identifier_type,
        answers.respondent_key,
        calls.phone_hash,
        calls.started_at
    from {{ ref('int_canonical__feedback_answers') }} as answers
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on answers.source_call_id = call_references.source_id
    inner join calls
        on call_references.call_id = calls.call_id
    -- A visitor would be navigation linked to a call.
    where answers.respondent_key is not null and answers.respondent_kind <> 'visitor_id'
)

select
    'call_customer' as method,
    call_id as reference_id,
    'customer_id' as identifier_type,
    customer_id as identifier_value,
    phone_hash,
    started_at as observed_at
from calls
where customer_id is not null and phone_hash is not null
union all
select
    'survey_reference' as method,
    reference_id,
    identifier_type,
    respondent_key as identifier_value,
    phone_hash,
    started_at as observed_at
from answers
where phone_hash is not null
