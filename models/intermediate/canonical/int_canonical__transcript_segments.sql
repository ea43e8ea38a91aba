-- grain: one row per source_call_id, segment_index: what was said, without its words
select
    segments.source_call_id,
    segments.segment_index,
    call_references.call_id,
    segments.speaker,
    segments.offset_seconds,
    segments.duration_seconds,
    segments.character_count,
    segments.language
from {{ ref('stg_call_records__transcripts') }} as segments
left join {{ ref('int_canonical__call_references') }} as call_references
    on segments.source_call_id = call_references.source_id
