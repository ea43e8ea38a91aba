{# True of a sale at that time or later; one dated by the day alone may be of any time of its day. #}
{% macro sold_since(converted_at, since, time_zone) -%}
    (
        {{ since }} <= {{ converted_at }}
        or (
            {{ converted_at }} = {{ day_start('cast(' ~ utc_to_local(converted_at, time_zone) ~ ' as date)', time_zone) }}
            and {{ add_seconds(converted_at, 86400) }} > {{ since }}
        )
    )
{%- endmacro %}
