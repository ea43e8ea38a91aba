-- grain: one row per sale, with the ways on which it came about (conversion_id)
--
-- Only contacts that lead to a sale count: who called about a claim bought no less on the web. Of
-- sales before the first visit on record, or after the run's clock, nothing can be said. Who buys twice in
-- one visit came by it twice: a sale without contacts of its own has those of the sale before (decision 0022).
with beginning as (
    select min(first_event_us) as first_visit_us
    from {{ ref('int_journeys__session_totals') }}
),

sales as (
    select
        conversion_id,
        product_id,
        case when person_id is not null then {{ narrow_hash(['person_id']) }} end as person_key,
        {{ epoch_us('converted_at') }} as sale_us
    from {{ ref('int_journeys__conversions') }}
    where converted_at <= {{ as_of() }}
),

contacts as (
    select
        steps.person_key,
        steps.sale_us,
        steps.occurred_us,
        kinds.kind
    from {{ ref('int_journeys__journey_steps') }} as steps
    inner join {{ ref('int_journeys__interactions') }} as interactions
        on steps.interaction_id = interactions.interaction_id
    inner join {{ ref('channel_kinds') }} as kinds
        on interactions.contact_channel = kinds.contact_channel
    inner join {{ ref('journey_stages') }} as stages
        on interactions.journey_stage = stages.journey_stage
    where steps.sale_us is not null and stages.is_towards_sale and kinds.kind <> 'message'
),

contacted as (
    select distinct
        person_key,
        sale_us,
        sale_us as contacted_us
    from contacts
),

journeys as (
    select
        sales.conversion_id,
        sales.person_key,
        sales.sale_us,
        max(contacted.contacted_us) over (
            partition by sales.person_key order by sales.sale_us, sales.conversion_id
            rows between unbounded preceding and current row
        ) as contacted_us
    from sales
    left join contacted
        on sales.person_key = contacted.person_key and sales.sale_us = contacted.sale_us
    where sales.person_key is not null
),

touched as (
    select
        journeys.conversion_id,
        min(contacts.occurred_us) as first_us,
        bool_or(contacts.kind = 'online') as is_online,
        bool_or(contacts.kind = 'assisted') as is_assisted
    from journeys
    inner join contacts
        on
            journeys.person_key = contacts.person_key
            and journeys.contacted_us = contacts.sale_us
            and journeys.sale_us - contacts.occurred_us <= {{ var('journey_days') }} * 86400000000
    group by journeys.conversion_id
)

select
    sales.conversion_id,
    sales.product_id,
    case
        when touched.is_online and touched.is_assisted then 'mixed'
        when touched.is_online then 'online'
        when touched.is_assisted then 'assisted'
        else 'unobserved'
    end as conversion_mode,
    (sales.sale_us - touched.first_us) / 86400000000.0 as days
from sales
inner join beginning
    on sales.sale_us >= coalesce(beginning.first_visit_us, 0)
left join touched
    on sales.conversion_id = touched.conversion_id
