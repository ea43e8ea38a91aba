-- grain: one row per response_id, question_id: a question answered, by the response's last copy
with responses as (
    select
        *,
        -- The API gives a response without the envelope of a webhook, and without its questions.
        coalesce(answers, {{ json_part('form_response', '$.answers') }}) as given_answers,
        {{ json_part('form_response', '$.definition.fields') }} as fields
    from {{ current_rows(
        source('surveys', 'typeform'),
        key=['token'],
        prefer=['submitted_at desc nulls last', 'form_response is null'],
    ) }} as current_state
),

answers as (
    select
        *,
        {{ explode_list(json_elements('given_answers')) }} as answer
    from responses
),

placed as (
    select
        *,
        coalesce({{ json_value('answer', '$.field.id') }}, {{ json_value('answer', '$.field.ref') }}) as question_id,
        {{ json_value('answer', '$.field.ref') }} as question_ref,
        {{ json_value('answer', '$.field.type') }} as question_type,
        {{ number_or_null(json_value('answer', '$.number')) }} as score
    from answers
),

described as (
    select
        *,
        {{ safe_text(json_look_up('fields', '$.id', 'question_id', '$.title')) }} as question,
        {{ number_or_null(json_look_up('fields', '$.id', 'question_id', '$.properties.steps')) }} as steps,
        case
            when question_type = 'rating' then 1
            when {{ json_look_up('fields', '$.id', 'question_id', '$.properties.start_at_one') }} = 'true' then 1
            else 0
        end as first_step
    from placed
    where question_id is not null
)

select
    token as response_id,
    question_id,
    question_ref,
    question_type,
    {{ safe_text('survey') }} as survey,
    question,
    {{ hash_key(["'typeform'", safe_text('survey'), 'question_id', 'question_ref', 'question_type', 'question']) }}
        as question_key,
    case when steps is not null then cast(first_step as decimal(18, 4)) end as scale_min,
    cast(first_step + steps - 1 as decimal(18, 4)) as scale_max,
    score,
    false as is_test,
    coalesce(event_type = 'form_response' or response_type = 'completed', true) as is_complete,
    cast(null as varchar) as language,
    landed_at as asked_at,
    -- A response that was never sent is dated to the year 1.
    case when submitted_at >= timestamp '1970-01-02 00:00:00' then submitted_at else landed_at end as answered_at,
    case
        when customer_id is not null then 'customer_id'
        when email_hash is not null then 'email'
        when phone_hash is not null then 'phone'
        when visitor_id is not null then 'visitor_id'
    end as respondent_kind,
    coalesce(customer_id, email_hash, phone_hash, visitor_id) as respondent_key,
    case when lower(trigger) in ('random', 'event') then lower(trigger) end as survey_trigger,
    journey_stage,
    channel,
    {{ adviser_key('adviser_id') }} as adviser_id,
    call_id as source_call_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from described
qualify
    row_number() over (
        partition by token, question_id
        order by score desc nulls last, question_ref asc, question_id asc
    ) = 1
