-- grain: one row per candidate and rule (candidate_id, rule)
--
-- What each rule said, and the ids and codes by which it is known: no name, number or address.
select
    verdicts.candidate_id,
    verdicts.rule,
    verdicts.verdict,
    verdicts.evidence,
    rules.precedence,
    rules.exclusion_reason,
    rules.regulation,
    rules.label
from {{ ref('int_e_rebond__verdicts') }} as verdicts
inner join {{ ref('e_rebond_rules') }} as rules
    on verdicts.rule = rules.rule
