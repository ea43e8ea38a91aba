-- grain: one row per customer who began a contact (person_id)
with banded as (
    select
        examples.person_id,
        examples.last_channel,
        examples.web_count + examples.app_count + examples.phone_count + examples.chat_count
        + examples.branch_count + examples.email_count + examples.sms_count as contact_count,
        bands.value_band
    from {{ ref('int_contact_centre__channel_examples') }} as examples
    left join {{ ref('value_bands') }} as bands
        on
            examples.premium_eur > 0
            and examples.premium_eur >= bands.from_premium_eur
            and (bands.below_premium_eur is null or examples.premium_eur < bands.below_premium_eur)
)

select
    choices.person_id,
    choices.recommended_channel,
    choices.probability,
    banded.last_channel,
    banded.contact_count,
    coalesce(banded.value_band, 'none') as value_band,
    case
        when choices.recommended_channel = banded.last_channel then 'last_channel'
        else 'habits_and_value'
    end as reason,
    choices.model
from {{ ref('int_contact_centre__channel_choices') }} as choices
inner join banded
    on choices.person_id = banded.person_id
