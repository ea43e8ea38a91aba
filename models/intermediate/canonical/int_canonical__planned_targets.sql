-- grain: one row per target that an earlier run planned, as it stood then (target_id)
--
-- What earlier runs planned is an input of this one: choosing reads it, and the ledger that
-- int_e_rebond__target_ledger keeps is written after choosing.
select *
from {{ ref('stg_audit__target_ledger') }}
