{# What tells two web events apart for the tag plan, the funnels and the types of pages. Events of
   one shape are judged once, by patterns; each event then finds its shape by an integer. #}
{% macro shape_key(row, codes) -%}
    {{ narrow_hash([
        row ~ '.tag_format', row ~ '.app_id', row ~ '.site', row ~ '.event_name', row ~ '.page_path', codes,
    ]) }}
{%- endmacro %}

{# The code-like properties of an event as JSON text; null where it carries none. #}
{% macro event_codes(properties) -%}
    case when {{ properties }} is not null then {{ json_pick(properties, event_code_keys()) }} end
{%- endmacro %}

{# A seed's row holds for a site or application: stated as either, or for all. #}
{% macro holds_for_site(rule, row) -%}
    ({{ rule }}.site is null or {{ rule }}.site in ({{ row }}.site, {{ row }}.app_id))
{%- endmacro %}

{# A seed's pattern is found in a path, or none is stated. #}
{% macro path_matches(rule, row) -%}
    (
        {{ rule }}.path_pattern is null
        or {{ regexp_matches("coalesce(" ~ row ~ ".page_path, '')", rule ~ ".path_pattern") }}
    )
{%- endmacro %}
