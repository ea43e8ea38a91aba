-- grain: one row per session (session_key)
with totals as (
    select
        coalesce(blocks.session_key, pieces.owner_key) as session_key,
        min({{ pair('pieces.first_event_us', 'pieces.first_event_hash') }}) as first_event,
        max(pieces.last_event_us) as last_event_us,
        min({{ pair('pieces.first_origin_us', 'pieces.first_origin_hash') }}) as first_origin,
        cast(sum(pieces.event_count) as bigint) as event_count,
        cast(sum(pieces.unnamed_view_count) as bigint) as unnamed_view_count,
        min(pieces.first_silent_us) as first_silent_us,
        max(pieces.last_silent_us) as last_silent_us,
        bit_or(pieces.flags) as flags
    from {{ ref('int_journeys__session_pieces') }} as pieces
    left join {{ ref('int_journeys__visitor_blocks') }} as blocks
        on
            pieces.owner_key = blocks.owner_key
            and pieces.block_number = blocks.block_number
    group by coalesce(blocks.session_key, pieces.owner_key)
)

select
    totals.session_key,
    {{ flag('totals.flags', 0) }} as is_tracker_session,
    {{ pair_first('totals.first_event') }} as first_event_us,
    {{ pair_second('totals.first_event') }} as first_event_hash,
    totals.last_event_us,
    {{ pair_first('totals.first_origin') }} as first_origin_us,
    {{ pair_second('totals.first_origin') }} as first_origin_hash,
    totals.event_count,
    totals.unnamed_view_count + coalesce(signs.named_view_count, 0) as page_view_count,
    coalesce(signs.heartbeat_count, 0) as heartbeat_count,
    {{ flag('totals.flags', 1) }} as has_key_event,
    {{ flag('totals.flags', 2) }} as is_bot,
    {{ flag('totals.flags', 3) }} as has_denied_consent,
    totals.first_silent_us,
    totals.last_silent_us,
    case when {{ flag('totals.flags', 4) }} then false else true end as is_silence_covered
from totals
left join {{ ref('int_journeys__session_signs') }} as signs
    on totals.session_key = signs.session_key
