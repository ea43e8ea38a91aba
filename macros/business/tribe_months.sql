{# The first of the months that tribe_monthly shows: the clock's month and the twelve before. #}
{% macro tribe_months_from() -%}
    cast(date_trunc('month', {{ add_days("date_trunc('month', " ~ as_of() ~ ")", -365) }}) as date)
{%- endmacro %}
