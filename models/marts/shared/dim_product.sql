-- grain: one row per product_id
select
    product_id,
    product_name,
    product_family,
    coalesce(is_insurance, false) as is_insurance
from {{ ref('int_canonical__products') }}
