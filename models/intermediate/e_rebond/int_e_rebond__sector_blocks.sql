-- grain: one row per candidate and period in which the law of a sector, of prospects or of our own
-- number forbids calls (candidate_id, rule_id, blocked_from, fact_id)
--
-- Insurance law protects who isn't a client, so from the end of the last contract on; a product that
-- nobody knows counts as insurance.
with candidates as (
    select
        candidates.*,
        triggers.is_request,
        triggers.is_express_step,
        products.product_family,
        coalesce(products.is_insurance, true) as is_insurance,
        coalesce(clients.client_until, {{ ever() }}) as protected_from
    from {{ ref('int_e_rebond__candidates') }} as candidates
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on candidates.trigger = triggers.trigger
    left join {{ ref('int_canonical__products') }} as products
        on candidates.product_id = products.product_id
    left join {{ ref('int_e_rebond__clients') }} as clients
        on candidates.candidate_id = clients.candidate_id
),

sent as (
    select
        contacts.contact_id,
        contacts.customer_id,
        contacts.email_hash,
        contacts.phone_hash,
        contacts.occurred_at,
        subjects.product_id
    from {{ ref('int_canonical__contacts') }} as contacts
    inner join {{ ref('contact_subjects') }} as subjects
        on {{ alias_key('contacts.subject_code') }} = subjects.subject_code and subjects.is_document
    where contacts.direction = 'outbound' and contacts.occurred_at >= {{ signals_since() }}
),

documents as (
    {%- for key in ['customer_id', 'email_hash', 'phone_hash'] %}
        select
            reach.candidate_id,
            sent.contact_id,
            sent.product_id,
            sent.occurred_at
        from sent
        inner join {{ ref('int_e_rebond__reach') }} as reach
            on reach.key_type = '{{ key }}' and sent.{{ key }} = reach.key_value
        {{ 'union distinct' if not loop.last }}
    {%- endfor %}
),

shown_numbers as (
    select
        rules.rule_id,
        numbers.number
    from {{ ref('contact_rules') }} as rules
    inner join {{ ref('calling_numbers') }} as numbers
        on
            rules.rule = 'caller_number'
            and not numbers.is_withheld
            and not {{ regexp_matches('numbers.number', "'^(' || replace(rules.codes, '+', '[+]') || ')'") }}
            and numbers.valid_from <= cast({{ as_of() }} as date)
            and coalesce(numbers.valid_to, date '9999-12-31') >= cast({{ as_of() }} as date)
),

found as (
    select
        candidates.candidate_id,
        rules.rule_id,
        case rules.rule
            when 'banned_sector' then 'product:' || candidates.product_id
            when 'insurance_step' then coalesce('step:' || candidates.trigger, 'none')
            when 'caller_number' then 'none that may be shown'
            else 'last contact:' || cast(cast(last_contacts.last_contact_at as date) as varchar)
        end as fact_id,
        case
            when rules.rule = 'insurance_step' and candidates.is_express_step
                then
                    greatest(
                        {{ add_seconds('candidates.detected_at', '86400 * rules.days') }}, candidates.protected_from
                    )
            when rules.rule = 'insurance_step' then candidates.protected_from
            when rules.rule = 'prospect_age'
                then {{ add_seconds('last_contacts.last_contact_at', '86400 * rules.days') }}
            -- a client may be called about the contract that runs
            when rules.rule = 'banned_sector' and contracted.candidate_id is not null then contracted.contracted_until
            else {{ ever() }}
        end as starts_at,
        {{ never() }} as ends_at
    from candidates
    inner join {{ ref('contact_rules') }} as rules
        on candidates.country = rules.country
    left join {{ ref('int_e_rebond__contracted') }} as contracted on candidates.candidate_id = contracted.candidate_id
    left join {{ ref('int_e_rebond__last_contacts') }} as last_contacts
        on candidates.candidate_id = last_contacts.candidate_id
    left join shown_numbers on rules.rule_id = shown_numbers.rule_id
    where
        (
            rules.rule = 'banned_sector'
            and {{ has_token('rules.codes', alias_key('coalesce(candidates.product_family, candidates.product_id)')) }}
        )
        or (rules.rule = 'insurance_step' and candidates.is_insurance)
        or (rules.rule = 'prospect_age' and last_contacts.candidate_id is not null)
        or (rules.rule = 'caller_number' and shown_numbers.rule_id is null)
    union all
    -- who asks to be called needn't wait
    select
        candidates.candidate_id,
        rules.rule_id,
        'contact:' || documents.contact_id as fact_id,
        greatest(documents.occurred_at, candidates.protected_from) as starts_at,
        {{ add_seconds('documents.occurred_at', '3600 * rules.hours') }} as ends_at
    from candidates
    inner join documents on candidates.candidate_id = documents.candidate_id
    inner join {{ ref('contact_rules') }} as rules
        on candidates.country = rules.country and rules.rule = 'insurance_documents'
    where
        candidates.is_insurance
        and not candidates.is_request
        and coalesce(candidates.product_id, documents.product_id) = documents.product_id
)

select distinct
    found.candidate_id,
    rules.rule,
    found.rule_id,
    greatest(found.starts_at, {{ rule_start('rules', 'candidates') }}) as blocked_from,
    least(found.ends_at, {{ rule_end('rules', 'candidates') }}) as blocked_to,
    found.fact_id
from found
inner join candidates on found.candidate_id = candidates.candidate_id
inner join {{ ref('contact_rules') }} as rules on found.rule_id = rules.rule_id
