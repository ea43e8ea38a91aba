-- Calls whose readable dialled number is a customer's own: whom we call must be a hash, so the call's
-- direction was misread (its dial plan's context, for instance). A number that was lent, or from which
-- we call, is ours even where a customer gave it as theirs; else it is for people to see which is true.
{{ config(severity='warn', meta={'owner': 'contact_centre'}) }}

with customers_numbers as (
    select distinct identifier_value
    from {{ ref('int_canonical__identifiers') }}
    where identifier_type = 'phone_hash'
)

select calls.call_id
from {{ ref('int_canonical__calls') }} as calls
inner join {{ ref('stg_audit__identifier_hashes') }} as known
    on calls.dialled_number = known.normalised
inner join customers_numbers
    on known.identifier_hash = customers_numbers.identifier_value
where
    known.kind = 'phone'
    and calls.dialled_number not in (
        select numbers.number
        from {{ ref('calling_numbers') }} as numbers
    )
    and calls.dialled_number not in (
        select leases.own_number
        from {{ ref('int_canonical__number_leases') }} as leases
        where leases.own_number is not null
    )
