{# True where the text contains a match of the pattern (RE2 syntax without look-around). #}
{% macro regexp_matches(expression, pattern) -%}
    {{ return(adapter.dispatch('regexp_matches', 'passerelle')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__regexp_matches(expression, pattern) -%}
    regexp_matches({{ expression }}, {{ pattern }})
{%- endmacro %}

{% macro spark__regexp_matches(expression, pattern) -%}
    ({{ expression }} rlike {{ pattern }})
{%- endmacro %}

{# A group of the first match; null where nothing matches or the group is empty. #}
{% macro regexp_group(expression, pattern, group=1) -%}
    nullif(regexp_extract({{ expression }}, {{ pattern }}, {{ group }}), '')
{%- endmacro %}

{# Every match replaced by a plain text (engines write group references differently: use none). #}
{% macro regexp_replace_all(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all', 'passerelle')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro duckdb__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, {{ pattern }}, {{ replacement }}, 'g')
{%- endmacro %}

{% macro spark__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, {{ pattern }}, {{ replacement }})
{%- endmacro %}

{# Percent-decoded text of a query parameter; `+` stands for a space. #}
{% macro url_decode(expression) -%}
    {{ return(adapter.dispatch('url_decode', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__url_decode(expression) -%}
    url_decode(replace({{ expression }}, '+', ' '))
{%- endmacro %}

{% macro spark__url_decode(expression) -%}
    coalesce(try_url_decode({{ expression }}), {{ expression }})
{%- endmacro %}

{# True where a token stands in a list written as text, `sales|claims`. Case and spaces count. #}
{% macro has_token(list, token, separator='|') -%}
    (('{{ separator }}' || {{ list }} || '{{ separator }}') like ('%{{ separator }}' || {{ token }} || '{{ separator }}%'))
{%- endmacro %}

{# A text list, `sales|claims`, as an array of its elements. #}
{% macro split_list(expression, separator='|') -%}
    {{ return(adapter.dispatch('split_list', 'passerelle')(expression, separator)) }}
{%- endmacro %}

{% macro duckdb__split_list(expression, separator) -%}
    string_split({{ expression }}, '{{ separator }}')
{%- endmacro %}

{% macro spark__split_list(expression, separator) -%}
    split({{ expression }}, '\Q{{ separator }}\E')
{%- endmacro %}

{# Texts of a group joined in the order of `order_by`, which must be unique within the group. #}
{% macro join_texts(expression, separator, order_by) -%}
    {{ return(adapter.dispatch('join_texts', 'passerelle')(expression, separator, order_by)) }}
{%- endmacro %}

{% macro duckdb__join_texts(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__join_texts(expression, separator, order_by) -%}
    listagg({{ expression }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{# The parts of a query string whose names are in `allowed`, an array of lower-case texts, joined
   by `&` in their order; a part is dropped as well where it matches `forbidden`, a pattern. #}
{% macro keep_parameters(query, allowed, forbidden) -%}
    {{ return(adapter.dispatch('keep_parameters', 'passerelle')(query, allowed, forbidden)) }}
{%- endmacro %}

{% macro duckdb__keep_parameters(query, allowed, forbidden) -%}
    nullif(array_to_string(list_filter(
        string_split({{ query }}, '&'),
        lambda part: list_contains({{ allowed }}, lower(split_part(part, '=', 1)))
            and not regexp_matches(part, {{ forbidden }})
    ), '&'), '')
{%- endmacro %}

{% macro spark__keep_parameters(query, allowed, forbidden) -%}
    nullif(array_join(filter(
        split({{ query }}, '&'),
        part -> array_contains({{ allowed }}, lower(split_part(part, '=', 1)))
            and not part rlike {{ forbidden }}
    ), '&'), '')
{%- endmacro %}

{# The texts of a column as one array, for a scalar subquery. #}
{% macro collect(expression) -%}
    {{ return(adapter.dispatch('collect', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__collect(expression) -%}
    list({{ expression }})
{%- endmacro %}

{% macro spark__collect(expression) -%}
    collect_list({{ expression }})
{%- endmacro %}
