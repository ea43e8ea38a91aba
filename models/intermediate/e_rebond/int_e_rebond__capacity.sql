-- grain: one row per half hour to come and advisers of one team, skills and languages
-- (slot_start_at, team, skill, language)
--
-- Advisers who can stand in for each other are one row, so that nobody's time is counted twice:
-- `skill` and `language` name all that each of them has, joined by |.
with pools as (
    select
        slot_start_at,
        team,
        skills as skill,
        languages as language,
        count(*) as adviser_count,
        sum(available_seconds) as available_seconds,
        sum(inbound_seconds) as inbound_seconds,
        sum(room_seconds) as room_seconds
    from {{ ref('int_e_rebond__adviser_room') }}
    group by slot_start_at, team, skills, languages
)

select
    pools.slot_start_at,
    pools.team,
    pools.skill,
    pools.language,
    pools.adviser_count,
    cast(pools.available_seconds as bigint) as available_seconds,
    cast(round(pools.inbound_seconds) as bigint) as inbound_seconds,
    cast(round(handling.handling_seconds) as bigint) as handling_seconds,
    -- a thousandth of a call: sums of doubles differ in their last digits
    cast(floor(pools.room_seconds / handling.handling_seconds + 0.001) as bigint) as call_capacity
from pools
cross join {{ ref('int_canonical__outbound_handling') }} as handling
