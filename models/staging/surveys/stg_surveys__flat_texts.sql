-- grain: one row per response_id, question_id answered in words: in restricted, a view, never copied
{{ config(schema='restricted') }}

select
    response_id,
    question_id,
    verbatim as told
from {{ current_rows(
    source('surveys', 'flat'),
    key=['response_id', 'question_id'],
    prefer=['answered_at desc nulls last'],
) }} as current_state
where verbatim is not null
