-- grain: one row per stage, reason, channel and month: why people are in touch, and who answers for it
-- (journey_stage, reason_code, contact_channel, month)
select
    coalesce(interactions.journey_stage, 'unknown') as journey_stage,
    interactions.reason_code,
    coalesce(interactions.contact_channel, 'unknown') as contact_channel,
    {{ business_month('interactions.occurred_at') }} as month,
    count(*) as contact_count,
    count(distinct interactions.person_id) as person_count,
    count(interactions.person_id) - count(distinct interactions.person_id) as repeat_count,
    max(owners.owner) as owner,
    max(interactions.owning_function) as owning_function
from {{ ref('int_journeys__interactions') }} as interactions
left join {{ ref('journey_owners') }} as owners
    on interactions.journey_stage = owners.journey_stage
where
    interactions.reason_code is not null
    and interactions.direction = 'inbound'
    and interactions.occurred_at <= {{ as_of() }}
group by
    coalesce(interactions.journey_stage, 'unknown'), interactions.reason_code,
    coalesce(interactions.contact_channel, 'unknown'), {{ business_month('interactions.occurred_at') }}
