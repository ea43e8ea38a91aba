-- grain: one row per event (event_id)
with delivered as (
    select *
    from {{ source('web_tags', 'flat') }}
),

surviving as (
    select
        *,
        {{ url_without_scheme('page_url') }} as page_bare,
        {{ url_without_scheme('referrer_url') }} as referrer_bare,
        {{ json_pick('properties', event_property_keys()) }} as picked_properties
    from delivered
    where {{ is_surviving_copy(
        source('web_tags', 'flat'), 'delivered', ['event_id'],
        [
            'occurred_at', '_exported_at nulls last',
            hash_key(['event_name', 'session_id', 'visitor_id', 'page_url', 'referrer_url', 'properties']),
        ],
    ) }}
),

located as (
    select
        *,
        {{ url_host('page_bare') }} as page_host,
        {{ url_path('page_bare') }} as page_path_delivered,
        {{ url_query('page_bare') }} as page_query,
        {{ url_host('referrer_bare') }} as referrer_host,
        {{ url_path('referrer_bare') }} as referrer_path,
        {{ url_query('referrer_bare') }} as referrer_query,
        {{ allowed_parameters() }} as allowed_parameters
    from surviving
)

select
    event_id,
    nullif(app_id, '') as app_id,
    nullif(platform, '') as platform,
    coalesce(nullif(site, ''), page_host) as site,
    {{ canonical_event_name('event_name') }} as event_name,
    occurred_at,
    nullif(visitor_id, '') as visitor_id,
    nullif(session_id, '') as tracker_session_id,
    case
        when login_id_status = 'plain' then nullif(login_id, '') else login_id_hash
    end as login_key,
    email_hash,
    phone_hash,
    page_host,
    {{ safe_path('page_path_delivered') }} as page_path,
    {{ safe_url('page_host', 'page_path_delivered', 'page_query') }} as page_url,
    referrer_host,
    {{ safe_url('referrer_host', 'referrer_path', 'referrer_query') }} as referrer_url,
    coalesce(
        {{ safe_text('utm_source') }}, {{ url_parameter('page_query', 'utm_source') }}
    ) as utm_source,
    coalesce(
        {{ safe_text('utm_medium') }}, {{ url_parameter('page_query', 'utm_medium') }}
    ) as utm_medium,
    coalesce(
        {{ safe_text('utm_campaign') }}, {{ url_parameter('page_query', 'utm_campaign') }}
    ) as utm_campaign,
    coalesce(
        {{ safe_text('utm_content') }}, {{ url_parameter('page_query', 'utm_content') }}
    ) as utm_content,
    coalesce(
        {{ safe_text('utm_term') }}, {{ url_parameter('page_query', 'utm_term') }}
    ) as utm_term,
    {{ safe_text('click_id') }} as click_id,
    coalesce(
        {{ click_parameter('page_query') }},
        -- a click id in its own column doesn't say whose it is: where the visitor came from does
        case
            when nullif(click_id, '') is null then null
            when lower(coalesce(utm_source, referrer_host)) like '%google%' then 'gclid'
            when lower(coalesce(utm_source, referrer_host)) like '%bing%' then 'msclkid'
            when lower(coalesce(utm_source, referrer_host)) like '%facebook%' then 'fbclid'
        end
    ) as click_id_kind,
    case when user_agent not like '%@%' then nullif(user_agent, '') end as user_agent,
    coalesce(user_agent_is_bot, false) as is_bot,
    -- the loader reads the field that the source's settings name; ours is the default, and speaks
    -- where that one says that it doesn't know
    coalesce(
        nullif(cast(_consent as {{ dbt.type_string() }}), 'unknown'),
        {{ consent_status('consent_navigation_linking') }},
        cast(_consent as {{ dbt.type_string() }})
    ) as consent_status,
    _legal_basis is not null as has_legal_basis,
    {{ safe_properties('picked_properties') }} as properties,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from located
