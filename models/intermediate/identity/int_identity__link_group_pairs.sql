-- grain: one row per evidence_code, person_id_a, person_id_b: who shares something with few others, and how much
--
-- A group of n people makes n (n - 1) / 2 pairs and is left out above the cap, so evidence of a
-- code makes at most (cap - 1) / 2 pairs per row of its groups.
with memberships as (
    select
        evidence_code,
        group_key,
        person_id
    from {{ ref('int_identity__link_family_groups') }}
    union all
    select
        evidence_code,
        group_key,
        person_id
    from {{ ref('int_identity__link_interest_groups') }}
),

-- Sizes count everybody: a hub is one also where most of its people may not be linked.
group_sizes as (
    select
        evidence_code,
        group_key,
        count(*) as person_count
    from memberships
    group by evidence_code, group_key
),

within_cap as (
    select
        memberships.evidence_code,
        memberships.group_key,
        memberships.person_id,
        case
            when rules.link_type = 'interest' then rules.weight / (group_sizes.person_count - 1)
            else rules.weight
        end as weight
    from memberships
    inner join group_sizes
        on
            memberships.evidence_code = group_sizes.evidence_code
            and memberships.group_key = group_sizes.group_key
    inner join {{ ref('link_evidence') }} as rules on memberships.evidence_code = rules.code
    inner join {{ ref('int_identity__link_persons') }} as persons on memberships.person_id = persons.person_id
    where group_sizes.person_count between 2 and rules.cap
)

select
    one.evidence_code,
    one.person_id as person_id_a,
    other.person_id as person_id_b,
    -- in thousand millionths, so that no order of adding changes a sum
    {% set openness = 'cast(round(-ln(1 - one.weight) * 1000000000) as bigint)' %}
    -- two households in common are no more than one; two interests are
    cast(
        case
            when one.evidence_code in ('followed_account', 'product') then sum({{ openness }})
            else max({{ openness }})
        end as bigint
    ) as openness
from within_cap as one
inner join within_cap as other
    on
        one.evidence_code = other.evidence_code
        and one.group_key = other.group_key
        and one.person_id < other.person_id
group by one.evidence_code, one.person_id, other.person_id
