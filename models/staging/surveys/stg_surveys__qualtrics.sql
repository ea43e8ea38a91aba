-- grain: one row per response_id, question_id: a question answered, by the response's last copy
with responses as (
    select
        *,
        -- What looks like a telephone number is no id here and is left out.
        case when external_reference_status = 'plain' then {{ safe_text('external_reference') }} end as reference_id,
        case when external_reference like '%@%' then external_reference_hash end as reference_email_hash,
        coalesce(
            lower(status) in (
                select statuses.status
                from {{ ref('qualtrics_statuses') }} as statuses
                where not statuses.is_feedback
            )
            or lower(distribution_channel) in ('preview', 'test'),
            false
        ) as is_test
    from {{ current_rows(
        source('surveys', 'qualtrics'),
        key=['response_id'],
        prefer=[
            'coalesce(recorded_at, ended_at) desc nulls last',
            'is_finished desc nulls last',
            'recorded_at is null',
        ],
    ) }} as current_state
),

questions as (
    select
        *,
        {{ explode_list(json_key_list('_extra')) }} as question_id
    from responses
),

answers as (
    select
        *,
        {{ safe_text(json_member('_labels', 'question_id')) }} as question,
        {{ json_member('_extra', 'question_id') }} as answer
    from questions
)

select
    response_id,
    question_id,
    cast(null as varchar) as question_ref,
    cast(null as varchar) as question_type,
    survey,
    question,
    {{ hash_key(["'qualtrics'", 'survey', 'question_id', 'question']) }} as question_key,
    cast(null as decimal(18, 4)) as scale_min,
    cast(null as decimal(18, 4)) as scale_max,
    -- A number, also where its label stands behind it: "10 - Extremely likely".
    {{ number_or_null(regexp_group('answer', "'^ *(-?[0-9]{1,6}(?:[.][0-9]+)?)(?: +[-–:(].*)? *$'")) }} as score,
    is_test,
    is_finished as is_complete,
    lower(user_language) as language,
    started_at as asked_at,
    coalesce(ended_at, recorded_at) as answered_at,
    case
        when customer_id is not null or reference_id is not null then 'customer_id'
        when reference_email_hash is not null or recipient_email_hash is not null then 'email'
        when recipient_phone_hash is not null then 'phone'
        when visitor_id is not null then 'visitor_id'
    end as respondent_kind,
    coalesce(
        customer_id, reference_id, reference_email_hash, recipient_email_hash, recipient_phone_hash, visitor_id
    ) as respondent_key,
    case when lower(trigger) in ('random', 'event') then lower(trigger) end as survey_trigger,
    journey_stage,
    coalesce(
        channel, case when lower(distribution_channel) in ('email', 'sms') then lower(distribution_channel) end
    ) as channel,
    {{ adviser_key('adviser_id') }} as adviser_id,
    call_id as source_call_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from answers
where answer is not null
