-- grain: one row per candidate and period in which an objection, a refusal or the cap on attempts
-- forbids calls (candidate_id, rule_id, blocked_from, fact_id)
with candidates as (
    select
        candidates.*,
        products.is_insurance
    from {{ ref('int_e_rebond__candidates') }} as candidates
    left join {{ ref('int_canonical__products') }} as products
        on candidates.product_id = products.product_id
),

-- A withdrawn consent is an objection until the same subject consents again.
objections as (
    select
        'opposition:' || opposition_list as fact_id,
        {{ identifier_type('subject_kind') }} as key_type,
        subject_key as key_value,
        opposition_list as list_code,
        coalesce(effective_at, {{ ever() }}) as starts_at,
        -- without a date nobody can say that it has run out
        effective_at is not null as is_dated,
        ends_at
    from {{ ref('int_canonical__oppositions') }}
    union all
    select
        'consent:' || consent_id as fact_id,
        {{ identifier_type('subject_kind') }},
        subject_key,
        'withdrawn_consent' as list_code,
        effective_at as starts_at,
        true as is_dated,
        min(case when status = 'granted' then effective_at end) over (
            partition by subject_kind, subject_key order by effective_at, status, consent_id
            rows between 1 following and unbounded following
        ) as ends_at
    from {{ ref('int_canonical__consents') }}
    where purpose = 'phone_canvassing'
    qualify status = 'withdrawn'
),

numbered_attempts as (
    select
        *,
        row_number() over (partition by candidate_id order by attempted_at, attempt_id) as place
    from {{ ref('int_e_rebond__reached_attempts') }}
),

found as (
    select
        candidates.candidate_id,
        rules.rule_id,
        objections.fact_id,
        -- some lists spare a client, for as long as the contract runs
        case
            when {{ has_token('rules.spared_by', "'running_contract'") }}
                then greatest(objections.starts_at, coalesce(contracted.contracted_until, objections.starts_at))
            else objections.starts_at
        end as starts_at,
        least(
            coalesce(objections.ends_at, {{ never() }}),
            coalesce(
                case when objections.is_dated then {{ add_seconds('objections.starts_at', '86400 * rules.days') }} end,
                {{ never() }}
            )
        ) as ends_at
    from objections
    inner join {{ ref('int_e_rebond__reach') }} as reach
        on objections.key_type = reach.key_type and objections.key_value = reach.key_value
    inner join candidates on reach.candidate_id = candidates.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on
            candidates.country = rules.country
            and rules.rule = 'opposition_list'
            and {{ has_token('rules.codes', 'objections.list_code') }}
    left join {{ ref('int_e_rebond__contracted') }} as contracted on candidates.candidate_id = contracted.candidate_id
    union all
    -- full days: the day of the refusal is none
    select
        candidates.candidate_id,
        rules.rule_id,
        attempts.evidence,
        -- what protects who isn't a client begins with the contract's end
        case
            when rules.rule = 'insurance_no_interest'
                then greatest(attempts.attempted_at, coalesce(clients.client_until, attempts.attempted_at))
            else attempts.attempted_at
        end as starts_at,
        case
            when rules.rule = 'insurance_no_interest' then {{ never() }}
            else {{ day_start(add_days('attempts.attempt_date', 'rules.days + 1'), 'candidates.consumer_time_zone') }}
        end
    from {{ ref('int_e_rebond__reached_attempts') }} as attempts
    inner join candidates on attempts.candidate_id = candidates.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on candidates.country = rules.country and rules.rule in ('refusal_pause', 'insurance_no_interest')
    left join {{ ref('int_e_rebond__clients') }} as clients
        on candidates.candidate_id = clients.candidate_id
    where
        attempts.is_refusal
        and (rules.rule = 'refusal_pause' or coalesce(candidates.is_insurance, true))
    union all
    -- from the last of as many attempts as the cap on, until the first of them is old enough
    select
        candidates.candidate_id,
        rules.rule_id,
        lasts.evidence,
        lasts.attempted_at,
        {{ day_start(add_days('firsts.attempt_date', 'rules.days'), 'candidates.consumer_time_zone') }}
    from numbered_attempts as lasts
    inner join candidates on lasts.candidate_id = candidates.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on candidates.country = rules.country and rules.rule = 'attempts'
    inner join numbered_attempts as firsts
        on lasts.candidate_id = firsts.candidate_id and firsts.place = lasts.place - rules.max_attempts + 1
)

select
    found.candidate_id,
    rules.rule,
    found.rule_id,
    greatest(found.starts_at, {{ rule_start('rules', 'candidates') }}) as blocked_from,
    -- two numbers of one person on one list are one fact where a contract spares both until its end
    max(least(found.ends_at, {{ rule_end('rules', 'candidates') }})) as blocked_to,
    found.fact_id
from found
inner join candidates on found.candidate_id = candidates.candidate_id
inner join {{ ref('contact_rules') }} as rules on found.rule_id = rules.rule_id
group by
    found.candidate_id,
    rules.rule,
    found.rule_id,
    greatest(found.starts_at, {{ rule_start('rules', 'candidates') }}),
    found.fact_id
