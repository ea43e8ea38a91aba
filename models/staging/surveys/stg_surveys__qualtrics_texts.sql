-- grain: one row per response_id, question_id: words of answers: in restricted, a view, never copied
{{ config(schema='restricted') }}

with responses as (
    select
        *,
        {{ explode_list(json_key_list('_extra')) }} as question_id
    from {{ current_rows(
        source('surveys', 'qualtrics'),
        key=['response_id'],
        prefer=[
            'coalesce(recorded_at, ended_at) desc nulls last',
            'is_finished desc nulls last',
            'recorded_at is null',
        ],
    ) }} as current_state
)

select
    response_id,
    question_id,
    {{ json_member('_extra', 'question_id') }} as told
from responses
where {{ json_member('_extra', 'question_id') }} is not null
