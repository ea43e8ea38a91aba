{# Fails on values that are no lower-case hex digest of 64 digits (the loader's HMAC-SHA-256). #}
{% test hex_digest(model, columns) %}
select
    {% for column in columns %}
        length(cast({{ column }} as {{ dbt.type_string() }})) as {{ column }}_length{{ ',' if not loop.last }}
    {% endfor %}
from {{ model }}
where
    {% for column in columns %}
        {{ 'or ' if not loop.first }}not {{ regexp_matches(column, "'^[0-9a-f]{64}$'") }}
    {% endfor %}
{% endtest %}
