{# Up to eight conditions as one small integer: over many groups one bit_or of it is cheaper than as
   many bool_or. A condition that is null counts as false. `flag` reads one, counted from 0.
   Never call a macro `flags`: it would hide the options of the command line (--full-refresh). #}
{% macro packed_flags(conditions) -%}
    cast(
        {%- for condition in conditions %}
        {% if not loop.first %}+ {% endif %}case when {{ condition }} then {{ 2 ** loop.index0 }} else 0 end
        {%- endfor %}
        as smallint
    )
{%- endmacro %}

{% macro flag(flags, number) -%}
    (({{ flags }} & {{ 2 ** number }}) <> 0)
{%- endmacro %}
