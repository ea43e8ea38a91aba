{# A snapshot's changes are dated by the run's clock, not the machine's: dbt calls this macro. #}
{% macro duckdb__snapshot_get_time() -%}
    {{ as_of() }}
{%- endmacro %}
