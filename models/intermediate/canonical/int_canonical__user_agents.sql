-- grain: one row per user agent of an event whose tag doesn't name the device (user_agent)
--
-- What an agent is follows from its text alone: agents of files that were read before stay.
{{ config(materialized='grown', unique_key='user_agent', family='web_tags') }}
{%- set loads = fresh_loads('web_tags') %}
with user_agents as (
    select user_agent
    from {{ ref('stg_web_tags__snowplow') }}
    where user_agent is not null and device_class is null and {{ is_fresh('load_id', loads) }}
    union distinct
    select user_agent
    from {{ ref('stg_web_tags__flat') }}
    where user_agent is not null and {{ is_fresh('load_id', loads) }}
    union distinct
    select user_agent
    from {{ ref('stg_web_tags__segment') }}
    where user_agent is not null and device_class is null and {{ is_fresh('load_id', loads) }}
),

matches as (
    select
        user_agents.user_agent,
        patterns.device_class,
        patterns.rank
    from user_agents
    left join {{ ref('device_patterns') }} as patterns
        on
            lower(user_agents.user_agent) like '%' || patterns.contains_text || '%'
            and (
                coalesce(patterns.excludes_text, '') = ''
                or lower(user_agents.user_agent) not like '%' || patterns.excludes_text || '%'
            )
)

select
    user_agent,
    coalesce(device_class, 'other') as device_class
from matches
qualify row_number() over (partition by user_agent order by rank nulls last) = 1
