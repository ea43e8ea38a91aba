{# Where a GA4 event stands, as a text: its place in its batch where the vendor gives one, else its
   parameters. With visitor, time, name and bundle it names the event, which has no id of its own. #}
{% macro ga4_event_position(parameters, names, texts) -%}
    coalesce(
        {{ ga4_batch_part('batch_page_id', names, texts) }}
        || '/' || {{ ga4_batch_part('batch_ordering_id', names, texts) }}
        || '/' || {{ ga4_batch_part('batch_event_index', names, texts) }},
        {{ entries_text(parameters) }}
    )
{%- endmacro %}

{# Older exports have the ids of batches among the parameters. #}
{% macro ga4_batch_part(name, names, texts) -%}
    coalesce(cast({{ name }} as {{ dbt.type_string() }}), {{ entry_text(names, texts, name) }})
{%- endmacro %}

{# The moment of a GA4 event. Events of a batch share their timestamp: their place in it is added as
   microseconds, fewer than 1,000, so that all that goes by time takes them in the order they came. #}
{% macro ga4_occurred_at(names, texts) -%}
    {%- set place = 'try_cast(' ~ ga4_batch_part('batch_event_index', names, texts) ~ ' as bigint)' -%}
    {{ timestamp_from_us(
        epoch_us('event_timestamp') ~ ' + coalesce(least(greatest(' ~ place ~ ', 0), 999), 0)'
    ) }}
{%- endmacro %}

{# A campaign text of GA4, or null for a placeholder such as (direct), (none), (not set). #}
{% macro ga4_campaign_text(expression) -%}
    case when not starts_with({{ expression }}, '(') then {{ safe_text(expression) }} end
{%- endmacro %}
