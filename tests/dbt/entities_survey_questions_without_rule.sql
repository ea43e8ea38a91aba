-- Questions that no rule of survey_question_rules knows: their answers are kept, and count nowhere.
{{ config(severity='warn') }}

select
    source_format,
    survey,
    question_id,
    question,
    count(*) as answer_count
from {{ ref('int_canonical__survey_answers') }}
where feedback_kind = 'unknown' and not is_test
group by source_format, survey, question_id, question
