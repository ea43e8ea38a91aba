-- grain: one row per evidence_code, group_key, person_id: who shares a home, a contract, a number
with shared as (
    select
        'household' as evidence_code,
        household_id as group_key,
        customer_id
    from {{ ref('int_canonical__customers') }}
    where household_id is not null
    union all
    -- among a contract's people a driver is linked as such, the others as co-holders
    select
        'co_holder' as evidence_code,
        contract_id as group_key,
        customer_id
    from {{ ref('int_canonical__contracts') }}
    where contract_role is distinct from 'driver'
    union all
    select
        'driver' as evidence_code,
        contract_id as group_key,
        customer_id
    from {{ ref('int_canonical__contracts') }}
    union all
    select
        'landline' as evidence_code,
        identifier_value as group_key,
        customer_id
    from {{ ref('int_canonical__identifiers') }}
    where
        identifier_type = 'phone_hash'
        and (valid_from is null or valid_from <= {{ as_of() }})
        and (valid_to is null or valid_to > {{ as_of() }})
    union all
    select
        'same_home' as evidence_code,
        home_id as group_key,
        customer_id
    from {{ ref('int_canonical__homes') }}
)

select distinct
    shared.evidence_code,
    shared.group_key,
    customers.person_id
from shared
inner join {{ ref('int_identity__link_customers') }} as customers on shared.customer_id = customers.customer_id
