-- grain: one row per lead given to a team of which nothing has come back since its slot began (target_id)
--
-- Nobody knows whether it was called: until an outcome or a call says so, it counts as an attempt.
with given as (
    select
        target_id,
        person_id,
        min(slot_start_at) as slot_start_at
    from {{ ref('int_canonical__lead_deliveries') }}
    where cancelled_at is null and slot_start_at <= {{ as_of() }}
    group by target_id, person_id
),

answered as (
    select given.target_id
    from given
    inner join {{ ref('int_canonical__lead_outcomes') }} as outcomes
        on given.target_id = outcomes.target_id
    union distinct
    select given.target_id
    from given
    inner join {{ ref('int_journeys__call_persons') }} as persons
        on given.person_id = persons.person_id
    inner join {{ ref('int_canonical__calls') }} as calls
        on persons.call_id = calls.call_id and given.slot_start_at <= calls.started_at
    where calls.direction = 'outbound'
)

select
    given.target_id,
    given.person_id,
    given.slot_start_at
from given
left join answered on given.target_id = answered.target_id
where answered.target_id is null and given.person_id is not null
