-- grain: one row per candidate and identifier whose protection counts for it (candidate_id, key_type, key_value)
--
-- Protection widens: what the person, the number or one of the customers behind them said or lived
-- through counts for all of them, whenever the CRM or the graph joined them.
with own as (
    select
        candidate_id,
        person_id,
        customer_id,
        phone_hash,
        visitor_id
    from {{ ref('int_e_rebond__candidates') }}
),

members as (
    select
        identifier_type,
        identifier_value,
        person_id
    from {{ ref('int_identity__members') }}
    where identifier_type in ('customer_id', 'phone_hash', 'email_hash', 'visitor_id')
),

customers as (
    select
        candidate_id,
        customer_id
    from own
    where customer_id is not null
    union distinct
    select
        own.candidate_id,
        members.identifier_value
    from own
    inner join members on own.person_id = members.person_id
    where members.identifier_type = 'customer_id'
    union distinct
    select
        own.candidate_id,
        identifiers.customer_id
    from own
    inner join {{ ref('int_canonical__identifiers') }} as identifiers
        on identifiers.identifier_type = 'phone_hash' and own.phone_hash = identifiers.identifier_value
),

contacts as (
    select
        candidate_id,
        'phone_hash' as key_type,
        phone_hash as key_value
    from own
    where phone_hash is not null
    union distinct
    select
        candidate_id,
        'visitor_id' as key_type,
        visitor_id as key_value
    from own
    where visitor_id is not null
    union distinct
    select
        own.candidate_id,
        members.identifier_type,
        members.identifier_value
    from own
    inner join members on own.person_id = members.person_id
    where members.identifier_type <> 'customer_id'
    union distinct
    select
        customers.candidate_id,
        identifiers.identifier_type,
        identifiers.identifier_value
    from customers
    inner join {{ ref('int_canonical__identifiers') }} as identifiers
        on customers.customer_id = identifiers.customer_id
    where identifiers.identifier_type in ('phone_hash', 'email_hash')
)

select
    candidate_id,
    'person_id' as key_type,
    person_id as key_value
from own
where person_id is not null
union distinct
select
    candidate_id,
    'customer_id' as key_type,
    customer_id
from customers
union distinct
select
    candidate_id,
    key_type,
    key_value
from contacts
union distinct
select
    customers.candidate_id,
    'person_id' as key_type,
    members.person_id
from customers
inner join members on members.identifier_type = 'customer_id' and customers.customer_id = members.identifier_value
union distinct
select
    own.candidate_id,
    'person_id' as key_type,
    members.person_id
from own
inner join members on members.identifier_type = 'phone_hash' and own.phone_hash = members.identifier_value
