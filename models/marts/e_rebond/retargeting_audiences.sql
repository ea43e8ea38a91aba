-- grain: one row per audience and member: leads that aren't called, where an advertisement is
-- consented to (audience_id, candidate_id)
--
-- Never the control group: an advertisement would make it a treated one.
with members as (
    select
        overflow.candidate_id,
        overflow.reason,
        overflow.expected_value_eur,
        candidates.person_id,
        candidates.visitor_id,
        candidates.customer_id,
        coalesce(candidates.product_id, 'none') as product_id,
        consents.channel,
        consents.purpose,
        consents.consent_id,
        least(
            coalesce(consents.expires_at, {{ never() }}),
            {{ add_seconds(as_of(), '86400 * ' ~ var('audience_days')) }}
        ) as expires_at
    from {{ ref('int_e_rebond__overflow') }} as overflow
    inner join {{ ref('int_e_rebond__candidates') }} as candidates
        on overflow.candidate_id = candidates.candidate_id
    inner join {{ ref('int_e_rebond__audience_consents') }} as consents
        on overflow.candidate_id = consents.candidate_id
    where overflow.reason <> 'control'
)

select
    {{ hash_key(['channel', 'product_id', 'reason']) }} as audience_id,
    candidate_id,
    channel,
    product_id,
    reason,
    purpose,
    consent_id,
    person_id,
    customer_id,
    visitor_id,
    expected_value_eur,
    expires_at,
    count(*) over (partition by channel, product_id, reason) as audience_size,
    count(*) over (partition by channel, product_id, reason) >= {{ var('audience_minimum_size') }} as is_exportable
from members
