-- grain: one row per source_call_id, criterion
select
    call_id as source_call_id,
    criterion,
    score,
    scored_at,
    {{ adviser_key('scored_by') }} as scored_by,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(
    source('crm', 'quality_scores'),
    key=['call_id', 'criterion'],
    content=['scored_at desc'],
) }} as current_state
