-- grain: one row per response_id, question_id: the latest answer
select
    response_id,
    question_id,
    survey,
    {{ safe_text('question') }} as question,
    kind as feedback_kind,
    scale_min,
    scale_max,
    higher_is_better,
    score,
    verbatim is not null as has_verbatim,
    asked_at,
    answered_at,
    respondent_kind,
    {{ subject_key('respondent') }} as respondent_key,
    respondent_status,
    trigger as survey_trigger,
    journey_stage,
    channel,
    {{ adviser_key('adviser_id') }} as adviser_id,
    call_id as source_call_id,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('surveys', 'flat'),
    key=['response_id', 'question_id'],
    prefer=['answered_at desc nulls last'],
) }} as current_state
