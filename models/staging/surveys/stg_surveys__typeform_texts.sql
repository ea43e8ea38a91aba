-- grain: one row per response_id, question_id answered in words: in restricted, a view, never copied
{{ config(schema='restricted') }}

with responses as (
    select
        *,
        coalesce(answers, {{ json_part('form_response', '$.answers') }}) as given_answers
    from {{ current_rows(
        source('surveys', 'typeform'),
        key=['token'],
        prefer=['submitted_at desc nulls last', 'form_response is null'],
    ) }} as current_state
),

answers as (
    select
        token,
        {{ explode_list(json_elements('given_answers')) }} as answer
    from responses
),

told as (
    select
        token as response_id,
        coalesce({{ json_value('answer', '$.field.id') }}, {{ json_value('answer', '$.field.ref') }}) as question_id,
        {{ json_value('answer', '$.text') }} as told
    from answers
)

select
    response_id,
    question_id,
    max(told) as told
from told
where question_id is not null and told is not null
group by response_id, question_id
