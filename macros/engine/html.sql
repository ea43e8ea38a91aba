{# Numeric entities (`&#233;`, `&#xe9;`) as the characters that they stand for. #}
{% macro decode_numeric_entities(expression) -%}
    {{ return(adapter.dispatch('decode_numeric_entities', 'passerelle')(expression)) }}
{%- endmacro %}

{% macro duckdb__decode_numeric_entities(expression) -%}
    case
        when not contains({{ expression }}, '&#') then {{ expression }}
        else split_part({{ expression }}, '&#', 1) || array_to_string(list_transform(
            string_split({{ expression }}, '&#')[2:],
            lambda part: case
                -- No character has the codes of surrogates, 55296 to 57343.
                when regexp_matches(part, '^0{0,4}[1-9][0-9]{0,5};')
                    and cast(regexp_extract(part, '^[0-9]+') as integer) not between 55296 and 57343
                    then chr(cast(regexp_extract(part, '^[0-9]+') as integer))
                        || regexp_replace(part, '^[^;]*;', '')
                when regexp_matches(part, '^[xX]0{0,4}[1-9a-fA-F][0-9a-fA-F]{0,4};')
                    and not regexp_matches(part, '^[xX]0{0,4}[dD][89a-fA-F]..;')
                    then chr(cast('0x' || regexp_extract(part, '^.([0-9a-fA-F]+)', 1) as integer))
                        || regexp_replace(part, '^[^;]*;', '')
                else '&#' || part
            end
        ), '')
    end
{%- endmacro %}

{% macro spark__decode_numeric_entities(expression) -%}
    case
        when not contains({{ expression }}, '&#') then {{ expression }}
        else split_part({{ expression }}, '&#', 1) || array_join(transform(
            slice(split({{ expression }}, '&#'), 2, length({{ expression }})),
            part -> case
                when part rlike '^0{0,4}[1-9][0-9]{0,5};'
                    and cast(regexp_extract(part, '^[0-9]+', 0) as int) not between 55296 and 57343
                    then {{ spark__character("cast(regexp_extract(part, '^[0-9]+', 0) as int)") }}
                        || regexp_replace(part, '^[^;]*;', '')
                when part rlike '^[xX]0{0,4}[1-9a-fA-F][0-9a-fA-F]{0,4};'
                    and not part rlike '^[xX]0{0,4}[dD][89a-fA-F]..;'
                    then {{ spark__character(
                        "cast(conv(regexp_extract(part, '^.([0-9a-fA-F]+)', 1), 16, 10) as int)"
                    ) }}
                        || regexp_replace(part, '^[^;]*;', '')
                else '&#' || part
            end
        ), '')
    end
{%- endmacro %}

{# The character of a code point: chr() of this engine knows those below 256 only. #}
{% macro spark__character(code) -%}
    decode(unhex(lpad(hex({{ code }}), 8, '0')), 'UTF-32')
{%- endmacro %}
