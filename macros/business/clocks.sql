{# The first moment at which a wall showed what it shows at a moment: an hour earlier where clocks went
   back between the two, else the moment itself. #}
{% macro first_of_two(utc_time, time_zone) -%}
    {%- set first = add_seconds(utc_time, "-3600") -%}
    case
        when {{ utc_to_local(first, time_zone) }} = {{ utc_to_local(utc_time, time_zone) }} then {{ first }}
        else {{ utc_time }}
    end
{%- endmacro %}
