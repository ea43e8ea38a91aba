-- grain: one row per source_call_id, segment_index with words: in restricted, a view, never copied
{{ config(schema='restricted') }}

select
    call_id as source_call_id,
    segment_index,
    speaker,
    text as told
from {{ current_rows(
    source('call_records', 'transcripts'),
    key=['call_id', 'segment_index'],
    content=['speaker', 'offset_seconds', 'duration_seconds', 'language', 'text'],
) }} as current_state
where text is not null
