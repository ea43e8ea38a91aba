-- grain: one row per person_id_a, person_id_b, link_type: a link with its weight and evidence
--
-- What speaks for a link adds up as independent signs do: one minus the product of what each leaves
-- open. Two who hold a contract together are not told again as driver and holder of it.
with told as (
    select
        evidence.person_id_a,
        evidence.person_id_b,
        rules.link_type,
        evidence.evidence_code,
        rules.stands_alone,
        evidence.openness,
        max(case when evidence.evidence_code = 'co_holder' then 1 else 0 end)
            over (partition by evidence.person_id_a, evidence.person_id_b, rules.link_type) as has_co_holder
    from {{ ref('int_identity__link_evidence') }} as evidence
    inner join {{ ref('link_evidence') }} as rules on evidence.evidence_code = rules.code
)

select
    person_id_a,
    person_id_b,
    link_type,
    round(1 - exp(-sum(openness) / 1000000000.0), 6) as weight,
    {{ join_texts('evidence_code', '|', 'evidence_code') }} as evidence
from told
where evidence_code <> 'driver' or has_co_holder = 0
group by person_id_a, person_id_b, link_type
having max(case when stands_alone then 1 else 0 end) = 1
