{# Fails on values that are no lower-case hex digest of 64 digits (the loader's HMAC-SHA-256). #}
{% test hex_digest(model, column_name) %}
select length(cast({{ column_name }} as {{ dbt.type_string() }})) as value_length
from {{ model }}
where not {{ regexp_matches(column_name, "'^[0-9a-f]{64}$'") }}
{% endtest %}
