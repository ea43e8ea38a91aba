{# Fails on plain identifiers that can't be found under the writing that is hashed: numbers that are
   not E.164, addresses and handles that are not in lower case. Columns `kind` and `value`. #}
{% test well_formed_identifiers(model) %}
select
    kind,
    value
from {{ model }}
where
    value is null
    or value <> trim(value)
    or (kind = 'phone' and not {{ regexp_matches('value', "'^[+][1-9][0-9]{6,14}$'") }})
    or (kind in ('email', 'social_handle') and value <> lower(value))
    or (kind = 'email' and value not like '%_@_%')
{% endtest %}
