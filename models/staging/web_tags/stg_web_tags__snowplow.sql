-- grain: one row per event (event_id)
with delivered as (
    select *
    from {{ source('web_tags', 'snowplow') }}
),

surviving as (
    select
        *,
        coalesce(derived_tstamp, collector_tstamp) as measured_at,
        {{ url_without_scheme('page_url') }} as page_bare,
        {{ url_without_scheme('page_referrer') }} as referrer_bare,
        case
            when event = 'unstruct'
                then {{ json_pick(
                    json_part('unstruct_event', '$.data.data'), event_property_keys()
                ) }}
        end as picked_properties
    from delivered
    where {{ is_surviving_copy(
        source('web_tags', 'snowplow'), 'delivered', ['event_id'],
        [
            'collector_tstamp', 'etl_tstamp nulls last', 'derived_tstamp nulls last',
            hash_key(['event', 'event_name', 'domain_sessionid', 'domain_userid', 'page_url', 'page_referrer']),
        ],
    ) }}
),

located as (
    select
        *,
        coalesce(lower(nullif(page_urlhost, '')), {{ url_host('page_bare') }}) as page_host,
        case
            when nullif(page_urlhost, '') is not null then page_urlpath
            else {{ url_path('page_bare') }}
        end as page_path,
        case
            when nullif(page_urlhost, '') is not null
                then coalesce(nullif(page_urlquery, ''), {{ url_query('page_bare') }})
            else {{ url_query('page_bare') }}
        end as page_query,
        coalesce(lower(nullif(refr_urlhost, '')), {{ url_host('referrer_bare') }}) as referrer_host,
        case
            when nullif(refr_urlhost, '') is not null then refr_urlpath
            else {{ url_path('referrer_bare') }}
        end as referrer_path,
        case
            when nullif(refr_urlhost, '') is not null then nullif(refr_urlquery, '')
            else {{ url_query('referrer_bare') }}
        end as referrer_query,
        -- trackers of apps have no cookie: visitor and session stand in a context of theirs
        {%- for name in ['userId', 'sessionId'] %}
            case
                when contexts is not null and cast(contexts as varchar) like '%/client_session/%'
                    then nullif({{ json_find(
                        'contexts', '$.data', '$.schema', '%/client_session/jsonschema/%', '$.data.' ~ name
                    ) }}, '')
            end as client_{{ name | lower }},
        {%- endfor %}
        {{ allowed_parameters() }} as allowed_parameters
    from surviving
)

select
    event_id,
    nullif(app_id, '') as app_id,
    nullif(platform, '') as platform,
    page_host as site,
    case
        when event in ('page_view', 'page_ping') then event
        when event = 'struct' then coalesce(nullif(se_action, ''), 'event')
        else {{ canonical_event_name("coalesce(nullif(event_name, ''), event)") }}
    end as event_name,
    -- a client clock ahead of the collector's can't be right
    least(measured_at, collector_tstamp) as occurred_at,
    coalesce(
        nullif(domain_userid, ''),
        -- anonymous tracking sends the nil id for everybody
        nullif(client_userid, '00000000-0000-0000-0000-000000000000'),
        nullif(nullif(network_userid, ''), '00000000-0000-0000-0000-000000000000')
    ) as visitor_id,
    coalesce(nullif(domain_sessionid, ''), client_sessionid) as tracker_session_id,
    case when user_id_status = 'plain' then nullif(user_id, '') else user_id_hash end as login_key,
    case
        when contexts is not null and cast(contexts as varchar) like '%/web_page/%'
            then {{ json_find(
                'contexts', '$.data', '$.schema', '%/web_page/jsonschema/%', '$.data.id'
            ) }}
    end as page_view_id,
    page_host,
    {{ safe_path('page_path') }} as page_path,
    {{ safe_url('page_host', 'page_path', 'page_query') }} as page_url,
    referrer_host,
    {{ safe_url('referrer_host', 'referrer_path', 'referrer_query') }} as referrer_url,
    coalesce(
        {{ safe_text('mkt_source') }}, {{ url_parameter('page_query', 'utm_source') }}
    ) as utm_source,
    coalesce(
        {{ safe_text('mkt_medium') }}, {{ url_parameter('page_query', 'utm_medium') }}
    ) as utm_medium,
    coalesce(
        {{ safe_text('mkt_campaign') }}, {{ url_parameter('page_query', 'utm_campaign') }}
    ) as utm_campaign,
    coalesce(
        {{ safe_text('mkt_content') }}, {{ url_parameter('page_query', 'utm_content') }}
    ) as utm_content,
    coalesce(
        {{ safe_text('mkt_term') }}, {{ url_parameter('page_query', 'utm_term') }}
    ) as utm_term,
    {{ safe_text('mkt_clickid') }} as click_id,
    case
        when nullif(mkt_clickid, '') is not null and mkt_network = 'Google' then 'gclid'
        when nullif(mkt_clickid, '') is not null and mkt_network = 'DoubleClick' then 'dclid'
        when nullif(mkt_clickid, '') is not null and mkt_network = 'Microsoft' then 'msclkid'
        else {{ click_parameter('page_query') }}
    end as click_id_kind,
    {{ device_class_of_type('dvce_type', 'dvce_ismobile', 'platform') }} as device_class,
    case when useragent not like '%@%' then nullif(useragent, '') end as user_agent,
    coalesce(useragent_is_bot, false)
    or (
        derived_contexts is not null
        and (
            (
                cast(derived_contexts as varchar) like '%/spiders_and_robots/%'
                and {{ json_find(
                    'derived_contexts', '$.data', '$.schema', '%/spiders_and_robots/%', '$.data.spiderOrRobot'
                ) }} = 'true'
            )
            or (
                cast(derived_contexts as varchar) like '%/yauaa_context/%'
                and {{ json_find(
                    'derived_contexts', '$.data', '$.schema', '%/yauaa_context/%', '$.data.agentClass'
                ) }} like 'Robot%'
            )
        )
    ) as is_bot,
    cast(_consent as {{ dbt.type_string() }}) as consent_status,
    _legal_basis is not null as has_legal_basis,
    {{ safe_properties('picked_properties') }} as properties,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from located
