-- grain: one row per two customers that were compared or decided on (customer_id_a, customer_id_b)
--
-- What a steward has decided holds for ever, whatever the score; it holds for companies too.
select
    coalesce(decisions.customer_id_a, matches.customer_id_a) as customer_id_a,
    coalesce(decisions.customer_id_b, matches.customer_id_b) as customer_id_b,
    coalesce(decisions.decision, matches.verdict) as verdict,
    case when decisions.decision is not null then 'steward' else 'linkage' end as decided_by,
    decisions.decided_at,
    matches.match_probability,
    matches.agreement
from {{ ref('int_identity__customer_matches') }} as matches
full outer join {{ ref('int_canonical__identity_decisions') }} as decisions
    on
        matches.customer_id_a = decisions.customer_id_a
        and matches.customer_id_b = decisions.customer_id_b
