-- grain: one row per product, attribute and place, where places disagree (product_id, attribute, place)
with sheets as (
    select
        product_id,
        place,
        attribute,
        trim(attribute_value) as attribute_value,
        seen_at
    from {{ ref('int_canonical__product_sheets') }}
),

-- How many places say the same.
support as (
    select
        product_id,
        attribute,
        attribute_value,
        count(*) as place_count
    from sheets
    group by product_id, attribute, attribute_value
),

ranked as (
    select
        *,
        max(place_count) over (partition by product_id, attribute) as most_place_count,
        count(*) over (partition by product_id, attribute) as value_count
    from support
),

-- What most places say; nothing where two values draw.
common as (
    select
        product_id,
        attribute,
        max(value_count) as value_count,
        case
            when count(case when place_count = most_place_count then 1 end) = 1
                then max(case when place_count = most_place_count then attribute_value end)
        end as common_value
    from ranked
    group by product_id, attribute
    having max(value_count) > 1
)

select
    sheets.product_id,
    sheets.attribute,
    sheets.place,
    sheets.attribute_value,
    common.common_value,
    coalesce(sheets.attribute_value <> common.common_value, true) as is_deviating,
    common.value_count,
    sheets.seen_at
from sheets
inner join common
    on sheets.product_id = common.product_id and sheets.attribute = common.attribute
