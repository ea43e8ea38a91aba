-- grain: one row per answered call, with what was coded, written, transcribed and listened to (call_id)
with heard as (
    select
        call_references.call_id,
        cast(avg(scores.score) as double) as quality_score
    from {{ ref('int_canonical__quality_scores') }} as scores
    inner join {{ ref('int_canonical__call_references') }} as call_references
        on scores.source_call_id = call_references.source_id
    group by call_references.call_id
)

select
    calls.call_id,
    -- the switchboard's month, as in channel_performance
    cast(date_trunc('month', {{ utc_to_local('calls.started_at', 'calls.time_zone') }}) as date) as month,
    calls.queue,
    advisers.team,
    calls.adviser_id,
    -- as the transcript's reasons are written
    {{ alias_key('calls.reason_code') }} as reason_code,
    coalesce(wrap_ups.has_note, false) as has_note,
    transcripts.call_id is not null as is_transcribed,
    transcripts.contact_reason as spoken_reason,
    heard.quality_score
from {{ ref('int_canonical__calls') }} as calls
left join {{ ref('int_canonical__advisers') }} as advisers
    on calls.adviser_id = advisers.adviser_id
left join {{ ref('int_canonical__wrap_ups') }} as wrap_ups
    on calls.call_id = wrap_ups.call_id
left join {{ ref('int_voice_of_customer__coded_texts') }} as transcripts
    on calls.call_id = transcripts.call_id and transcripts.text_kind = 'transcript'
left join heard on calls.call_id = heard.call_id
where calls.outcome = 'answered' and calls.direction <> 'internal'
