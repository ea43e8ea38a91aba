{#
    Fails on values that look like an e-mail address or a telephone number: an @ between two words,
    or a + or 0 with nine more digits, whatever separates them, and nothing else around.
    The failing value is not returned, as test results are stored and shown: its column is.
    All columns are looked at as one text, as views are costly to read; what stands between them
    ends a word and a number.
#}
{% test no_plain_pii(model, columns) %}
with shown as (
    select
        {% for column in columns %}
            cast({{ column }} as {{ dbt.type_string() }}) as text_{{ loop.index }},
        {% endfor %}
        concat_ws(
            ' ; '
            {%- for column in columns %}, cast({{ column }} as {{ dbt.type_string() }}){% endfor %}
        ) as all_text
    from {{ model }}
)

select
    case
        {% for column in columns %}
            when {{ names_a_person('text_' ~ loop.index) }} then '{{ column }}'
        {% endfor %}
    end as found_in
from shown
where {{ names_a_person('all_text') }}
{% endtest %}

{% macro names_a_person(text) %}
(
    -- most texts have no @, which is seen faster than a pattern
    ({{ text }} like '%@%' and {{ regexp_matches(text, "'[^@ ]+@[^@ ]+'") }})
    or {{ regexp_matches(
        text,
        "'(^|[^0-9A-Za-z_-])(([+]|00)[1-9]([ ./()-]{0,2}[0-9]){7,13}|0[1-9]([ ./-]?[0-9]{2}){4})($|[^0-9A-Za-z_-])'"
    ) }}
)
{%- endmacro %}
