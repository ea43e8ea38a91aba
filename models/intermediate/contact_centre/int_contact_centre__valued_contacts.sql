-- grain: one row per inbound contact with us, with the customer's value and the skill that it needed (interaction_id)
--
-- Value is a year's price of the contracts in force at that moment: what was known when the call was
-- routed. The skill is that of the reason, else that of the queue.
with contacts as (
    select *
    from {{ ref('int_contact_centre__contacts') }}
    where direction = 'inbound' and not is_callback_request
),

premiums as (
    select distinct
        members.person_id,
        contracts.contract_id,
        {{ epoch_us('contracts.opened_at') }} as opened_us,
        {{ epoch_us('contracts.closed_at') }} as closed_us,
        contracts.premium_eur
    from {{ ref('int_canonical__contracts') }} as contracts
    inner join {{ ref('int_identity__members') }} as members
        on contracts.customer_id = members.identifier_value and members.identifier_type = 'customer_id'
    where contracts.contract_role = 'holder' and contracts.premium_eur is not null
),

valued as (
    select
        contacts.interaction_id,
        sum(premiums.premium_eur) as premium_eur
    from contacts
    inner join premiums
        on
            contacts.person_id = premiums.person_id
            and contacts.occurred_us >= premiums.opened_us
            and (premiums.closed_us is null or contacts.occurred_us < premiums.closed_us)
    group by contacts.interaction_id
),

banded as (
    select
        valued.interaction_id,
        bands.value_band
    from valued
    inner join {{ ref('value_bands') }} as bands
        on
            valued.premium_eur >= bands.from_premium_eur
            and (bands.below_premium_eur is null or valued.premium_eur < bands.below_premium_eur)
)

select
    contacts.interaction_id,
    contacts.month,
    contacts.contact_channel,
    coalesce(banded.value_band, 'none') as value_band,
    contacts.is_answered,
    contacts.is_abandoned,
    case when contacts.is_answered then contacts.wait_seconds end as answer_seconds,
    contacts.talk_seconds + coalesce(contacts.hold_seconds, 0) + coalesce(contacts.wrap_seconds, 0)
        as handling_seconds,
    contacts.reason_code,
    contacts.language,
    wrap_ups.result_code,
    case
        when contacts.is_answered and advisers.adviser_id is not null
            then {{ has_token('advisers.skills', 'coalesce(needs.skill, contacts.queue_skill)') }}
    end as is_right_skill
from contacts
left join banded
    on contacts.interaction_id = banded.interaction_id
left join {{ ref('reason_skills') }} as needs
    on {{ alias_key('contacts.reason_code') }} = needs.reason_code
left join {{ ref('int_canonical__advisers') }} as advisers
    on contacts.adviser_id = advisers.adviser_id
left join {{ ref('int_canonical__wrap_ups') }} as wrap_ups
    on contacts.call_id = wrap_ups.call_id
