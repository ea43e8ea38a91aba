-- grain: one row per combination of campaign source, medium, name, click parameter and foreign
-- referring host that a session came with, and one with none of them (traffic_key)
--
-- What the tag says wins, then the click parameter, then the referrer; nothing at all is direct
-- traffic.
with combinations as (
    select distinct
        lower(trim(utm_source)) as utm_source,
        lower(trim(utm_medium)) as utm_medium,
        lower(trim(utm_campaign)) as utm_campaign,
        click_id_kind,
        referrer_host
    from {{ ref('int_journeys__session_origins') }}
    union distinct
    select
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as click_id_kind,
        cast(null as varchar) as referrer_host
),

sources as (
    select
        source as source_key,
        category
    from {{ ref('channel_sources') }}
),

hosts as (
    select distinct referrer_host
    from combinations
    where referrer_host is not null
),

referrers as (
    -- a search engine's subdomain or country domain is found by the longest listed ending
    select
        hosts.referrer_host,
        sources.source_key as source,
        sources.category
    from hosts
    inner join sources
        on
            hosts.referrer_host = sources.source_key
            or hosts.referrer_host like '%.' || sources.source_key
    qualify
        row_number() over (
            partition by hosts.referrer_host
            order by length(sources.source_key) desc, sources.source_key
        ) = 1
),

completed as (
    select
        combinations.*,
        coalesce(
            combinations.utm_source, clicks.source, referrers.source, combinations.referrer_host
        ) as source,
        coalesce(
            combinations.utm_medium,
            case when combinations.utm_source is null then clicks.medium end,
            case
                when
                    coalesce(combinations.utm_source, combinations.utm_campaign, clicks.source)
                    is not null
                    then null
                when referrers.category = 'SEARCH' then 'organic'
                when combinations.referrer_host is not null then 'referral'
            end
        ) as medium
    from combinations
    left join {{ ref('click_ids') }} as clicks
        on combinations.click_id_kind = clicks.parameter
    left join referrers
        on combinations.referrer_host = referrers.referrer_host
),

categorised as (
    select
        completed.*,
        coalesce(sources.category, '') as category
    from completed
    left join sources
        on
            completed.source = sources.source_key
            or completed.source like '%.' || sources.source_key
    qualify
        row_number() over (
            partition by
                completed.utm_source, completed.utm_medium, completed.utm_campaign,
                completed.click_id_kind, completed.referrer_host
            order by length(sources.source_key) desc nulls last, sources.source_key
        ) = 1
)

select
    {{ traffic_key(
        'utm_source', 'utm_medium', 'utm_campaign', 'click_id_kind', 'referrer_host'
    ) }} as traffic_key,
    source,
    medium,
    utm_campaign as campaign,
    category as source_category
from categorised
