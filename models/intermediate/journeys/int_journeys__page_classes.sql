-- grain: one row per shape of event (shape_key), with what its page is and which product it is about
--
-- What the tag says of the product comes before what the path says.
with shapes as (
    select distinct
        shape_key,
        app_id,
        site,
        event_name,
        page_path,
        codes
    from {{ ref('int_journeys__tag_days') }}
),

typed as (
    select
        shapes.shape_key,
        types.rank as page_rank,
        types.page_type,
        types.journey_stage,
        types.reason_code
    from shapes
    inner join {{ ref('page_types') }} as types
        on {{ holds_for_site('types', 'shapes') }} and {{ path_matches('types', 'shapes') }}
    where shapes.page_path is not null
    qualify row_number() over (partition by shapes.shape_key order by types.rank, shapes.shape_key) = 1
),

about as (
    select
        shapes.shape_key,
        products.product_id
    from shapes
    inner join {{ ref('page_products') }} as products
        on {{ holds_for_site('products', 'shapes') }} and {{ path_matches('products', 'shapes') }}
    where shapes.page_path is not null
    qualify row_number() over (partition by shapes.shape_key order by products.rank, shapes.shape_key) = 1
)

select
    shapes.shape_key,
    shapes.event_name in ('page_view', 'screen_view') as is_view,
    typed.page_rank,
    typed.page_type,
    typed.journey_stage,
    typed.reason_code,
    coalesce({{ json_value('shapes.codes', '$.product_id') }}, about.product_id) as product_id
from shapes
left join typed on shapes.shape_key = typed.shape_key
left join about on shapes.shape_key = about.shape_key
