{# Wall clock of a zone -> UTC. A time that occurs twice (clocks going back) is read as its second
   occurrence, standard time; a time that was skipped is moved on by the skipped hour. #}
{% macro local_to_utc(local_time, time_zone) -%}
    {{ return(adapter.dispatch('local_to_utc', 'passerelle')(local_time, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_to_utc(local_time, time_zone) -%}
    {{ duckdb__in_zone("((" ~ local_time ~ " at time zone {zone}) at time zone 'UTC')", time_zone) }}
{%- endmacro %}

{# A conversion in each row's own `{zone}`. A zone that a column names costs the engine four times a
   fixed one, so the business's own is told apart. #}
{% macro duckdb__in_zone(conversion, time_zone) -%}
    {%- if time_zone.startswith("'") -%}
        {{ conversion | replace('{zone}', time_zone) }}
    {%- else -%}
        {%- set usual = "'" ~ var('business_time_zone') ~ "'" -%}
        case
            when {{ time_zone }} = {{ usual }} then {{ conversion | replace('{zone}', usual) }}
            else {{ conversion | replace('{zone}', time_zone) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro spark__local_to_utc(local_time, time_zone) -%}
    {#- The engine reads a time that occurs twice as the first one. -#}
    {%- set first = "to_utc_timestamp(" ~ local_time ~ ", " ~ time_zone ~ ")" -%}
    case
        when from_utc_timestamp({{ first }} + interval 1 hour, {{ time_zone }}) = {{ local_time }}
            then {{ first }} + interval 1 hour
        else {{ first }}
    end
{%- endmacro %}

{# UTC -> wall clock of a zone. #}
{% macro utc_to_local(utc_time, time_zone) -%}
    {{ return(adapter.dispatch('utc_to_local', 'passerelle')(utc_time, time_zone)) }}
{%- endmacro %}

{% macro duckdb__utc_to_local(utc_time, time_zone) -%}
    {{ duckdb__in_zone("((" ~ utc_time ~ " at time zone 'UTC') at time zone {zone})", time_zone) }}
{%- endmacro %}

{% macro spark__utc_to_local(utc_time, time_zone) -%}
    from_utc_timestamp({{ utc_time }}, {{ time_zone }})
{%- endmacro %}

{# Microseconds since 1970-01-01 UTC, bigint. #}
{% macro epoch_us(timestamp) -%}
    {{ return(adapter.dispatch('epoch_us', 'passerelle')(timestamp)) }}
{%- endmacro %}

{% macro duckdb__epoch_us(timestamp) -%}
    epoch_us({{ timestamp }})
{%- endmacro %}

{% macro spark__epoch_us(timestamp) -%}
    unix_micros(cast({{ timestamp }} as timestamp))
{%- endmacro %}

{# Whole seconds since 1970-01-01 UTC, rounded down, bigint. #}
{% macro epoch_s(timestamp) -%}
    cast(floor({{ epoch_us(timestamp) }} / 1000000.0) as bigint)
{%- endmacro %}

{# Microseconds since 1970-01-01 UTC -> timestamp. #}
{% macro timestamp_from_us(microseconds) -%}
    {{ return(adapter.dispatch('timestamp_from_us', 'passerelle')(microseconds)) }}
{%- endmacro %}

{% macro duckdb__timestamp_from_us(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro spark__timestamp_from_us(microseconds) -%}
    timestamp_micros({{ microseconds }})
{%- endmacro %}

{# A timestamp moved by whole seconds, which may be negative. #}
{% macro add_seconds(timestamp, seconds) -%}
    {{ timestamp_from_us(epoch_us(timestamp) ~ " + 1000000 * cast(" ~ seconds ~ " as bigint)") }}
{%- endmacro %}

{# Whole seconds from the first timestamp to the second, rounded down, bigint. #}
{% macro seconds_between(from_time, to_time) -%}
    cast(floor(({{ epoch_us(to_time) }} - {{ epoch_us(from_time) }}) / 1000000.0) as bigint)
{%- endmacro %}

{# The start of the half hour that a timestamp lies in. #}
{% macro truncate_half_hour(timestamp) -%}
    {{ timestamp_from_us(epoch_us(timestamp) ~ " - " ~ epoch_us(timestamp) ~ " % 1800000000") }}
{%- endmacro %}

{# `HH:MM` of a timestamp. #}
{% macro format_hour_minute(timestamp) -%}
    {{ return(adapter.dispatch('format_hour_minute', 'passerelle')(timestamp)) }}
{%- endmacro %}

{% macro duckdb__format_hour_minute(timestamp) -%}
    strftime({{ timestamp }}, '%H:%M')
{%- endmacro %}

{% macro spark__format_hour_minute(timestamp) -%}
    date_format({{ timestamp }}, 'HH:mm')
{%- endmacro %}

{# A date moved by whole days, as a date. #}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'passerelle')(date, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    (cast({{ date }} as date) + cast({{ days }} as integer))
{%- endmacro %}

{% macro spark__add_days(date, days) -%}
    date_add(cast({{ date }} as date), cast({{ days }} as int))
{%- endmacro %}

{# Day of the week, 1 Monday to 7 Sunday. #}
{% macro iso_weekday(date) -%}
    {{ return(adapter.dispatch('iso_weekday', 'passerelle')(date)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(date) -%}
    isodow({{ date }})
{%- endmacro %}

{% macro spark__iso_weekday(date) -%}
    (weekday({{ date }}) + 1)
{%- endmacro %}
