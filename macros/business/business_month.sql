{# First day of the month of a moment (UTC), by the business' clock. #}
{% macro business_month(moment) -%}
    cast(date_trunc('month', {{ utc_to_local(moment, "'" ~ var('business_time_zone') ~ "'") }}) as date)
{%- endmacro %}
