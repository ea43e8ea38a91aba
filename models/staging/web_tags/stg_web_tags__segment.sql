-- grain: one row per message (event_id)
with delivered as (
    select *
    from {{ source('web_tags', 'segment') }}
),

surviving as (
    select
        *,
        {{ url_without_scheme('page_url') }} as page_bare,
        {{ url_without_scheme('referrer_url') }} as referrer_bare,
        {{ json_pick('properties', event_property_keys()) }} as picked_properties,
        -- how long the message waited is right even where the client's clock is wrong
        {{ timestamp_from_us(
            epoch_us('received_at') ~ ' - ' ~ epoch_us('sent_at') ~ ' + ' ~ epoch_us('original_timestamp')
        ) }} as corrected_at
    from delivered
    where {{ is_surviving_copy(
        source('web_tags', 'segment'), 'delivered', ['message_id'],
        [
            'received_at nulls last', 'sent_at nulls last', 'timestamp',
            hash_key(['type', 'event', 'anonymous_id', 'page_url', 'referrer_url', 'properties']),
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
    message_id as event_id,
    nullif(app_id, '') as app_id,
    coalesce(
        nullif(platform, ''),
        -- libraries of apps that name no channel name the app and its system
        case when lower(device_type) in ('ios', 'android') and nullif(app_id, '') is not null then 'mobile' end
    ) as platform,
    page_host as site,
    {{ canonical_event_name("case when type = 'track' then coalesce(nullif(event, ''), type) else type end") }}
        as event_name,
    -- a client clock ahead of the server's can't be right
    least(coalesce(corrected_at, timestamp), received_at) as occurred_at,
    nullif(anonymous_id, '') as visitor_id,
    case when user_id_status = 'plain' then nullif(user_id, '') else user_id_hash end as login_key,
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
    {{ click_parameter_value('page_query') }} as click_id,
    {{ click_parameter('page_query') }} as click_id_kind,
    -- mobile libraries name the system; a browser's user agent says more, an app's own says nothing
    case
        when device_model like 'iPad%' then 'tablet'
        when lower(device_type) in ('ios', 'android') and lower(coalesce(user_agent, '')) not like 'mozilla/%'
            then 'mobile'
    end as device_class,
    case when user_agent not like '%@%' then nullif(user_agent, '') end as user_agent,
    coalesce(user_agent_is_bot, false) as is_bot,
    -- _consent is what the source's settings name, else the category named like our purpose.
    -- Who refuses to be measured refuses to be linked; a yes to measuring says nothing of it.
    -- A field that says that it doesn't know leaves the word to the next.
    coalesce(
        nullif(cast(_consent as {{ dbt.type_string() }}), 'unknown'),
        nullif({{ consent_status('consent_navigation_linking') }}, 'unknown'),
        case when {{ consent_status('consent_analytics') }} = 'denied' then 'denied' end,
        cast(_consent as {{ dbt.type_string() }}),
        {{ consent_status('consent_navigation_linking') }}
    ) as consent_status,
    _legal_basis is not null as has_legal_basis,
    {{ safe_properties('picked_properties') }} as properties,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from located
