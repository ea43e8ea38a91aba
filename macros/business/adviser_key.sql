{#
    An adviser's id as delivered; null where it names a person: an e-mail address, or more than one
    word. It can't be hashed here, as the key of the hashes is never in SQL (docs/privacy.md).
#}
{% macro adviser_key(column) -%}
    case when not {{ regexp_matches('trim(' ~ column ~ ')', "'@|%40|[\\s\\p{Z}]'") }} then nullif({{ column }}, '') end
{%- endmacro %}
