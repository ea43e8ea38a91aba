-- grain: one row per customer_id, with whose it is now
{{ config(materialized='view') }}

select
    identifier_value as customer_id,
    person_id
from {{ ref('int_identity__members') }}
where
    identifier_type = 'customer_id'
    and valid_from <= {{ as_of() }}
    and (valid_to is null or valid_to > {{ as_of() }})
