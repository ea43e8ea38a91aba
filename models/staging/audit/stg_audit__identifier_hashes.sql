-- grain: one row per kind and value of identifiers, written alike (kind, normalised): in restricted, a view
{{ config(schema='restricted') }}

select
    kind,
    normalised,
    max({{ adapter.quote('hash') }}) as identifier_hash
from {{ source('restricted', 'identifier_values') }}
where {{ adapter.quote('hash') }} is not null
group by kind, normalised
