{#
    Fails on values that look like an e-mail address or a telephone number: an @ between two words,
    or a + or 0 with nine more digits, whatever separates them, and nothing else around.
    The failing value is not returned, as test results are stored and shown: only its length is.
#}
{% test no_plain_pii(model, column_name) %}
select length(cast({{ column_name }} as {{ dbt.type_string() }})) as value_length
from {{ model }}
where
    {{ regexp_matches("cast(" ~ column_name ~ " as " ~ dbt.type_string() ~ ")", "'[^@ ]+@[^@ ]+'") }}
    or {{ regexp_matches(
        "cast(" ~ column_name ~ " as " ~ dbt.type_string() ~ ")",
        "'(^|[^0-9A-Za-z_-])([+]|00)[1-9]([ ./()-]{0,2}[0-9]){7,13}($|[^0-9A-Za-z_-])'"
    ) }}
    or {{ regexp_matches(
        "cast(" ~ column_name ~ " as " ~ dbt.type_string() ~ ")",
        "'(^|[^0-9A-Za-z_-])0[1-9]([ ./-]?[0-9]{2}){4}($|[^0-9A-Za-z_-])'"
    ) }}
{% endtest %}
