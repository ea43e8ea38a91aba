-- grain: one row per touch of a path (path_key, touch_key)
--
-- A sale's path is every touch of the buyer in the product's window before it. The other touches of
-- a person make a path without sale, and a new one after each sale. Narrow columns only: the rows
-- are as many as touches.
with sales as (
    select
        {{ key_bits('conversions.conversion_id') }} as conversion_key,
        {{ narrow_hash(['conversions.person_id']) }} as person_key,
        {{ epoch_us('conversions.converted_at') }} as converted_us,
        {{ epoch_us('conversions.converted_at') }} - terms.attribution_days * 86400000000 as opens_us
    from {{ ref('int_journeys__conversions') }} as conversions
    inner join {{ ref('int_journeys__product_terms') }} as terms
        on coalesce(conversions.product_id, 'none') = terms.product_id
    where conversions.status <> 'withdrawn' and conversions.person_id is not null
),

touches as (
    select
        touches.touch_key,
        {{ narrow_hash(['touches.person_id']) }} as person_key,
        {{ epoch_us('touches.touched_at') }} as touched_us,
        channels.channel_number,
        channels.is_direct
    from {{ ref('int_attribution__touches') }} as touches
    inner join {{ ref('int_attribution__channels') }} as channels
        on touches.marketing_channel = channels.marketing_channel
),

placed as (
    select
        touches.touch_key,
        touches.person_key,
        touches.touched_us,
        touches.channel_number,
        touches.is_direct,
        sales.conversion_key,
        sales.converted_us
    from touches
    left join sales
        on
            touches.person_key = sales.person_key
            and touches.touched_us >= sales.opens_us
            and touches.touched_us <= sales.converted_us
),

sales_before as (
    select
        placed.touch_key,
        max(sales.converted_us) as last_sale_us
    from placed
    inner join sales on placed.person_key = sales.person_key and placed.touched_us > sales.converted_us
    where placed.conversion_key is null
    group by placed.touch_key
),

paths as (
    select
        coalesce(
            placed.conversion_key,
            {{ narrow_hash(['placed.person_key', 'coalesce(sales_before.last_sale_us, 0)']) }}
        ) as path_key,
        placed.conversion_key,
        placed.touch_key,
        placed.channel_number,
        placed.is_direct,
        placed.touched_us
    from placed
    left join sales_before on placed.touch_key = sales_before.touch_key
)

select
    path_key,
    conversion_key,
    touch_key,
    channel_number,
    is_direct,
    -- from the last touch, which then weighs 1: from a sale long after, all weights could round to 0
    case
        when conversion_key is not null then max(touched_us) over (partition by path_key) - touched_us
    end as age_us,
    row_number() over (partition by path_key order by touched_us, touch_key) as position,
    lead(touch_key) over (partition by path_key order by touched_us, touch_key) is null as is_last,
    count(*) over (partition by path_key, channel_number) as channel_touch_count,
    {{ chain_state(0) }} as state,
    {{ chain_state(1) }} as state_before
from paths
