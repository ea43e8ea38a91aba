-- grain: one row per piece of a session: a visitor's block of the clock, a tracker's own session, or
-- an event without a visitor (owner_key, block_number; the block is null for the latter two)
--
-- The one pass over all events that sessions take. Whatever silence makes of the pieces, everything
-- here adds up; only distinct views and heartbeats don't, and are counted in
-- int_journeys__session_signs. Events of the same microsecond are put in order by their hash, which
-- is the same on every engine.
with totals as (
    select
        owner_key,
        block_number,
        min({{ pair('occurred_us', 'event_hash') }}) as first_event,
        max(occurred_us) as last_event_us,
        -- the first thing in a session that says where the visitor came from decides the channel
        min(case when has_origin then {{ pair('occurred_us', 'event_hash') }} end) as first_origin,
        count(*) as event_count,
        count(case when is_view and page_view_hash is null then 1 end) as unnamed_view_count,
        min(case when is_consent_silent then occurred_us end) as first_silent_us,
        max(case when is_consent_silent then occurred_us end) as last_silent_us,
        bit_or({{ packed_flags([
            'is_tracker_session', 'is_key_event', 'is_bot', 'is_consent_denied',
            'not is_silence_covered',
        ]) }}) as flags
    from {{ ref('int_journeys__event_marks') }}
    group by owner_key, block_number
)

select
    owner_key,
    block_number,
    {{ pair_first('first_event') }} as first_event_us,
    {{ pair_second('first_event') }} as first_event_hash,
    last_event_us,
    {{ pair_first('first_origin') }} as first_origin_us,
    {{ pair_second('first_origin') }} as first_origin_hash,
    event_count,
    unnamed_view_count,
    first_silent_us,
    last_silent_us,
    flags
from totals
