-- $1: adviser_id
select 'adviser' as role, 'crm/advisers' as source, row_id
from staging.stg_crm__advisers
where adviser_id = $1
