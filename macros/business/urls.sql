{# Pattern of a query parameter, path or text value that names a person: an e-mail address, or a
   telephone number written internationally (+33…, 0033…, 33…) or as a French national one. It finds
   whatever the test no_plain_pii finds, so that no text that passes here blocks a publication. #}
{% macro personal_value_pattern() -%}
    '@|%40|(^|[^0-9A-Za-z_-])((\+|%2[Bb]|00)([0-9]([ ./()-]|%20){0,2}){8,15}|0[1-9]([ ./-]|%20)?([0-9]{2}([ ./-]|%20)?){4}|33[1-9][0-9]{8})\b'
{%- endmacro %}

{# A text value, or null where it names a person or is empty. #}
{% macro safe_text(expression) -%}
    case
        when not {{ regexp_matches(expression, personal_value_pattern()) }}
            then nullif({{ expression }}, '')
    end
{%- endmacro %}

{# The same where that there is a value says something: one that names a person is masked. #}
{% macro masked_text(expression) -%}
    case
        when {{ regexp_matches(expression, personal_value_pattern()) }} then '[masked]'
        else nullif({{ expression }}, '')
    end
{%- endmacro %}

{# A URL without scheme and user: `www.example.fr:443/a/b?c=d#e`. #}
{% macro url_without_scheme(url) -%}
    {{ regexp_replace_all(url, "'^([a-zA-Z][a-zA-Z0-9+.-]*:)?//([^/?#@]*@)?'", "''") }}
{%- endmacro %}

{# The host in lower case without port; null where there is none. #}
{% macro url_host(bare_url) -%}
    lower(nullif(case
        -- no host begins as an international or national telephone number does
        when not {{ regexp_matches(
            bare_url, "'^([^/?#]*(@|%40)|[+]|00[1-9]([ .-]?[0-9]){7}|0[1-9]([ .-]?[0-9]{2}){4})'"
        ) }}
            then regexp_extract({{ bare_url }}, '^([^/?#:]*)', 1)
    end, ''))
{%- endmacro %}

{% macro url_path(bare_url) -%}
    regexp_extract({{ bare_url }}, '^[^/?#]*([^?#]*)', 1)
{%- endmacro %}

{% macro url_query(bare_url) -%}
    {{ regexp_group(bare_url, "'[?]([^#]*)'") }}
{%- endmacro %}

{# A path of which segments that name a person are masked, and `;…` suffixes dropped. A number that
   runs over several segments, or that something stands before, masks the whole path. #}
{% macro safe_path(path) -%}
    case
        when {{ regexp_matches(path, "'@|%40|;|[0-9]([^0-9]{0,3}[0-9]){7}'") }}
            then {{ path_without_numbers(masked_segments(path)) }}
        else {{ path }}
    end
{%- endmacro %}

{% macro path_without_numbers(path) -%}
    case when {{ regexp_matches(path, personal_value_pattern()) }} then '/[masked]' else {{ path }} end
{%- endmacro %}

{% macro masked_segments(path) -%}
    {{ regexp_replace_all(
        regexp_replace_all(
            regexp_replace_all(path, "';[^/]*'", "''"),
            "'[^/]*(@|%40)[^/]*'", "'[masked]'"
        ),
        "'/((\\+|%2[Bb]|00)([0-9]([ .()-]|%20)?){8,15}|0[1-9]([ .-]|%20)?([0-9]{2}([ .-]|%20)?){4}|33[1-9][0-9]{8})\\b'",
        "'/[masked]'"
    ) }}
{%- endmacro %}

{# The names of the query parameters that URLs keep, as one array. #}
{% macro allowed_parameters() -%}
    (select {{ collect('lower(parameter)') }} from {{ ref('url_parameters') }})
{%- endmacro %}

{# Host, path and allow-listed parameters, as the marts show URLs: `www.example.fr/a?utm_source=b`.
   `allowed` is a column of the same row that holds allowed_parameters(). #}
{% macro safe_url(host, path, query, allowed='allowed_parameters') -%}
    case
        when {{ host }} is not null or nullif({{ path }}, '') is not null then
            coalesce({{ host }}, '')
            || coalesce(nullif({{ safe_path(path) }}, ''), '/')
            || case when {{ query }} is not null then coalesce('?' || {{ keep_parameters(query, allowed, personal_value_pattern()) }}, '') else '' end
    end
{%- endmacro %}

{# A decoded query parameter; null where it is missing, empty or names a person. #}
{% macro url_parameter(query, name) -%}
    {%- set raw = regexp_group(query, "'(?:^|&)" ~ name ~ "=([^&]*)'") -%}
    case when {{ query }} is not null then {{ safe_text(url_decode(raw)) }} end
{%- endmacro %}

{# Names of the advertising platforms' click parameters, as a pattern. #}
{% macro click_parameter_names() -%}
    gclid|gbraid|wbraid|dclid|msclkid|fbclid|ttclid|li_fat_id|twclid|epik|ScCid|yclid
{%- endmacro %}

{# Name of the advertising platform's click parameter in a query string; null where none is. #}
{% macro click_parameter(query) -%}
    {{ regexp_group(query, "'(?:^|&)(" ~ click_parameter_names() ~ ")=[^&]'") }}
{%- endmacro %}

{# What that parameter holds. #}
{% macro click_parameter_value(query) -%}
    {{ safe_text(regexp_group(query, "'(?:^|&)(?:" ~ click_parameter_names() ~ ")=([^&]+)'")) }}
{%- endmacro %}
