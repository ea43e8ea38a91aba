-- grain: one row per segment of a session; sessions without segments have one row (segment_id)
--
-- A table: reading nested conversations costs more than keeping what came of it.
{{ config(materialized='table') }}
with delivered as (
    select
        *,
        -- the first session is the caller's, or that of the adviser who calls out
        coalesce(originating_direction, lower({{ json_value('participants', '$[0].sessions[0].direction') }}))
            as known_direction
    from {{ current_rows(
        source('call_records', 'genesys'),
        key=['conversation_id'],
        prefer=[
            'conversation_end desc nulls last',
            "length(replace(cast(participants as varchar), 'segmentStart', '')) - length(cast(participants as varchar))",
        ],
        content=['cast(participants as varchar)', 'conversation_start', 'originating_direction'],
    ) }}
),

participants as (
    select
        *,
        {{ explode_numbered(json_elements('participants'), 'participant', 'participant_number') }}
    from delivered
),

sessions as (
    select
        *,
        {{ explode_numbered(json_elements('participant', '$.sessions'), 'session', 'session_number') }}
    from participants
),

measured as (
    select
        *,
        {{ json_value('participant', '$.purpose') }} as participant_purpose,
        {{ json_value('participant', '$.userId') }} as user_id,
        {% for name in ['tAnswered', 'tAbandon', 'tTalk', 'tHeld', 'tAcw', 'nTransferred'] -%}
            {{ json_sum('session', '$.metrics', '$.name', name, '$.value') }} as {{ name | lower }},
        {% endfor -%}
        {{ explode_numbered(json_elements('session', '$.segments'), 'segment', 'segment_number') }}
    from sessions
)

select
    {{ hash_key(['conversation_id', 'participant_number', 'session_number', 'segment_number']) }} as segment_id,
    conversation_id,
    coalesce(known_direction, 'inbound') as direction,
    ani_hash as caller_hash,
    coalesce(ani_status, 'withheld') as caller_status,
    case
        when known_direction = 'outbound' then dnis_hash
        when dnis_status = 'valid' and known_direction = 'inbound' then dnis_e164
        when dnis_status = 'short' then {{ regexp_replace_all('dnis', "'[^0-9]'", "''") }}
    end as dialled_number,
    conversation_start as conversation_started_at,
    conversation_end as conversation_ended_at,
    participant_number,
    session_number,
    {{ json_value('session', '$.sessionId') }} as session_id,
    lower(participant_purpose) as purpose,
    {{ adviser_key('user_id') }} as adviser_id,
    lower({{ json_value('session', '$.mediaType') }}) as media,
    lower({{ json_value('session', '$.direction') }}) as session_direction,
    cast(floor(tanswered / 1000.0) as bigint) as answered_wait_seconds,
    cast(floor(tabandon / 1000.0) as bigint) as abandoned_wait_seconds,
    cast(floor(ttalk / 1000.0) as bigint) as talk_seconds,
    cast(floor(theld / 1000.0) as bigint) as hold_seconds,
    cast(floor(tacw / 1000.0) as bigint) as wrap_seconds,
    ntransferred as transfer_count,
    segment_number,
    lower({{ json_value('segment', '$.segmentType') }}) as segment_type,
    {{ json_time('segment', '$.segmentStart') }} as segment_started_at,
    {{ json_time('segment', '$.segmentEnd') }} as segment_ended_at,
    {{ safe_text(json_value('segment', '$.queueId')) }} as queue,
    {{ regexp_replace_all("lower(" ~ json_value('segment', '$.disconnectType') ~ ")", "'[^a-z]'", "''") }}
        as disconnect_type,
    -- 486 and 600: the line is busy
    coalesce({{ regexp_matches(
        "cast(" ~ json_part('segment', '$.sipResponseCodes') ~ " as varchar)", "'\\b(486|600)\\b'"
    ) }}, false) as is_busy,
    {{ code_or_null(json_value('segment', '$.wrapUpCode')) }} as reason_code,
    coalesce(_time_zone, 'UTC') as time_zone,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from measured
