-- grain: one row per source_call_id, segment_index: what was said, without its words
with delivered as (
    select *
    from {{ current_rows(
        source('call_records', 'transcripts'),
        key=['call_id', 'segment_index'],
        content=['speaker', 'offset_seconds', 'duration_seconds', 'language', 'text'],
    ) }}
)

select
    call_id as source_call_id,
    segment_index,
    speaker,
    offset_seconds,
    duration_seconds,
    length(text) as character_count,
    -- fr-FR, fr_FR and FR are one language
    {{ regexp_group("lower(replace(language, '_', '-'))", "'^([a-z]{2,3})(-|$)'") }} as language,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from delivered
