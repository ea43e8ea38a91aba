{# A kind of identifier as the identity bridge names it: what is hashed says so. #}
{% macro identifier_type(kind) -%}
    case {{ kind }}
        when 'email' then 'email_hash'
        when 'phone' then 'phone_hash'
        when 'social_handle' then 'social_handle_hash'
        else {{ kind }}
    end
{%- endmacro %}

{# Number of an identifier in the graph of persons, bigint. #}
{% macro identifier_node(identifier_type, identifier_value) -%}
    {{ key_bits(hash_key([identifier_type, identifier_value])) }}
{%- endmacro %}
