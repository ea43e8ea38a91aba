-- $1: product_id
select 'product' as role, 'crm/products' as source, row_id
from staging.stg_crm__products
where product_id = $1
