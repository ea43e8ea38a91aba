-- grain: one row per web or app event, whatever the tag (event_key)
--
-- The columns that a tag can't fill are listed with it. An event depends on the copies of its own id
-- alone, so of files that were read before nothing is read again.
{{ config(materialized='grown', unique_key='event_key', family='web_tags') }}
{%- set loads = fresh_loads('web_tags') %}
{%- set formats = {
    'snowplow': ['email_hash', 'phone_hash'],
    'flat': ['page_view_id', 'device_class'],
    'segment': ['tracker_session_id', 'page_view_id'],
    'ga4': ['page_view_id', 'email_hash', 'phone_hash', 'user_agent'],
} %}
{%- set columns = [
    'event_id', 'event_name', 'occurred_at', 'visitor_id', 'tracker_session_id', 'page_view_id',
    'login_key', 'email_hash', 'phone_hash', 'page_url', 'page_host', 'page_path', 'referrer_url',
    'referrer_host', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term',
    'click_id', 'click_id_kind', 'app_id', 'site', 'platform', 'device_class', 'user_agent',
    'is_bot', 'consent_status', 'has_legal_basis', 'properties',
] %}

with events as (
    {%- for format, lacking in formats.items() %}
        select
            {%- for column in columns %}
                {{ 'cast(null as varchar) as ' if column in lacking }}{{ column }},
            {%- endfor %}
            '{{ format }}' as tag_format
        from {{ ref('stg_web_tags__' ~ format) }}
        where {{ is_fresh('load_id', loads) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

keyed as (
    select
        *,
        -- asked only where the tag doesn't name the device
        case when device_class is null then user_agent end as asked_user_agent,
        {{ hash_key(['tag_format', 'event_id']) }} as event_key
    from events
)

select
    events.event_key,
    -- what windows and joins over all events carry in place of the key
    {{ key_bits('events.event_key') }} as event_hash,
    events.tag_format,
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.visitor_id,
    events.tracker_session_id,
    events.page_view_id,
    events.login_key,
    events.email_hash,
    events.phone_hash,
    events.page_url,
    events.page_host,
    events.page_path,
    events.referrer_url,
    events.referrer_host,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.utm_content,
    events.utm_term,
    events.click_id,
    events.click_id_kind,
    events.app_id,
    events.site,
    events.platform,
    coalesce(events.device_class, user_agents.device_class, 'other') as device_class,
    events.is_bot,
    events.consent_status,
    events.has_legal_basis,
    events.properties
from keyed as events
left join {{ ref('int_canonical__user_agents') }} as user_agents
    on events.asked_user_agent = user_agents.user_agent
