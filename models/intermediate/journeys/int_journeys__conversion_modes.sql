-- grain: one row per sale, with the ways on which it came about (conversion_id)
--
-- Only contacts that lead to a sale count: who called about a claim bought no less on the web. Of
-- sales before the first visit on record nothing can be said.
with beginning as (
    select min(first_event_us) as first_visit_us
    from {{ ref('int_journeys__session_totals') }}
),

touched as (
    select
        steps.person_key,
        steps.sale_us,
        min(steps.occurred_us) as first_us,
        bool_or(kinds.kind = 'online') as is_online,
        bool_or(kinds.kind = 'assisted') as is_assisted
    from {{ ref('int_journeys__journey_steps') }} as steps
    inner join {{ ref('int_journeys__interactions') }} as interactions
        on steps.interaction_id = interactions.interaction_id
    inner join {{ ref('channel_kinds') }} as kinds
        on interactions.contact_channel = kinds.contact_channel
    inner join {{ ref('journey_stages') }} as stages
        on interactions.journey_stage = stages.journey_stage
    where steps.sale_us is not null and stages.is_towards_sale and kinds.kind <> 'message'
    group by steps.person_key, steps.sale_us
)

select
    conversions.conversion_id,
    conversions.product_id,
    case
        when touched.is_online and touched.is_assisted then 'mixed'
        when touched.is_online then 'online'
        when touched.is_assisted then 'assisted'
        else 'unobserved'
    end as conversion_mode,
    (touched.sale_us - touched.first_us) / 86400000000.0 as days
from {{ ref('int_journeys__conversions') }} as conversions
inner join beginning
    on {{ epoch_us('conversions.converted_at') }} >= coalesce(beginning.first_visit_us, 0)
left join touched
    on
        case when conversions.person_id is not null then {{ narrow_hash(['conversions.person_id']) }} end
        = touched.person_key
        and {{ epoch_us('conversions.converted_at') }} = touched.sale_us
