-- grain: one row per evidence_code, person_id_a, person_id_b: what links two persons, and how much
with friends as (
    select
        evidence_code,
        person_id_a,
        person_id_b
    from {{ ref('int_identity__link_friend_pairs') }}
),

ends as (
    select
        evidence_code,
        person_id_a as person_id
    from friends
    union all
    select
        evidence_code,
        person_id_b as person_id
    from friends
),

-- People tied to more others than the cap: their ties say nothing.
crowds as (
    select
        ends.evidence_code,
        ends.person_id
    from ends
    inner join {{ ref('link_evidence') }} as rules on ends.evidence_code = rules.code
    group by ends.evidence_code, ends.person_id, rules.cap
    having count(*) > rules.cap
)

select
    evidence_code,
    person_id_a,
    person_id_b,
    openness
from {{ ref('int_identity__link_group_pairs') }}
union all
select
    friends.evidence_code,
    friends.person_id_a,
    friends.person_id_b,
    cast(round(-ln(1 - rules.weight) * 1000000000) as bigint) as openness
from friends
inner join {{ ref('link_evidence') }} as rules on friends.evidence_code = rules.code
inner join {{ ref('int_identity__link_persons') }} as left_persons on friends.person_id_a = left_persons.person_id
inner join {{ ref('int_identity__link_persons') }} as right_persons on friends.person_id_b = right_persons.person_id
left join crowds as left_crowds
    on friends.evidence_code = left_crowds.evidence_code and friends.person_id_a = left_crowds.person_id
left join crowds as right_crowds
    on friends.evidence_code = right_crowds.evidence_code and friends.person_id_b = right_crowds.person_id
where left_crowds.person_id is null and right_crowds.person_id is null
