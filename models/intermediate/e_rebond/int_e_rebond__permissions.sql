-- grain: one row per candidate and ground on which a call may rest (candidate_id, legal_basis, permission_key)
--
-- Permission doesn't widen: a consent is the exact customer's, or the number's where nobody is known
-- to be behind it; a contract is the exact customer's own. A consent without proof is none.
with candidates as (
    select * from {{ ref('int_e_rebond__candidates') }}
),

decisions as (
    select
        consent_id,
        subject_kind,
        subject_key,
        status,
        effective_at,
        expires_at,
        proof_ref,
        lead(effective_at) over (
            partition by subject_kind, subject_key order by effective_at, status, consent_id
        ) as replaced_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'phone_canvassing'
),

consents as (
    select
        candidates.candidate_id,
        decisions.consent_id,
        decisions.effective_at,
        least(
            coalesce(decisions.expires_at, {{ never() }}), coalesce(decisions.replaced_at, {{ never() }})
        ) as valid_until
    from candidates
    inner join decisions
        on
            decisions.subject_kind = case when candidates.customer_id is null then 'phone' else 'customer_id' end
            and decisions.subject_key = coalesce(candidates.customer_id, candidates.phone_hash)
    where
        decisions.status = 'granted'
        and decisions.proof_ref is not null
        and decisions.effective_at <= candidates.evaluated_at
),

contracts as (
    select
        candidates.candidate_id,
        contracts.contract_id,
        min(contracts.opened_at) as opened_at,
        max(coalesce(contracts.closed_at, {{ never() }})) as closed_at
    from candidates
    inner join {{ ref('int_canonical__contracts') }} as contracts
        on candidates.customer_id = contracts.customer_id
    inner join {{ ref('int_canonical__product_relations') }} as relations
        on
            contracts.product_id = relations.product_id
            and candidates.product_id = relations.related_product_id
    where
        contracts.contract_role in ('holder', 'co_holder')
        and contracts.opened_at <= candidates.evaluated_at
        -- which products belong together is a lawyer's word
        and relations.has_reviewer
        and relations.reviewed_at <= candidates.evaluated_at
    group by candidates.candidate_id, contracts.contract_id
)

select
    candidates.candidate_id,
    'request' as legal_basis,
    1 as basis_rank,
    candidates.candidate_id as permission_key,
    candidates.detected_at as valid_from,
    candidates.expires_at as valid_until,
    cast(null as varchar) as consent_id,
    candidates.evidence
from candidates
inner join {{ ref('e_rebond_triggers') }} as triggers
    on candidates.trigger = triggers.trigger
where triggers.is_request
union all
select
    candidate_id,
    'consent' as legal_basis,
    2 as basis_rank,
    consent_id as permission_key,
    effective_at as valid_from,
    valid_until,
    consent_id,
    'consent:' || consent_id as evidence
from consents
where valid_until > effective_at
union all
select
    candidate_id,
    'running_contract' as legal_basis,
    3 as basis_rank,
    contract_id,
    opened_at,
    closed_at,
    null as consent_id,
    'contract:' || contract_id as evidence
from contracts
where closed_at > opened_at
union all
select
    candidate_id,
    'legitimate_interest' as legal_basis,
    4 as basis_rank,
    candidate_id as permission_key,
    {{ ever() }},
    {{ never() }},
    null as consent_id,
    'no objection needed to be lifted' as evidence
from candidates
