-- grain: one row per ad_spend_id: a day, channel and campaign of one account or of a media buyer
with delivered as (
    select
        ad_spend_id,
        'flat' as source_format,
        cast(null as varchar) as account_id,
        spend_date,
        channel,
        cast(null as varchar) as campaign_id,
        campaign,
        cost,
        currency,
        impressions,
        clicks
    from {{ ref('stg_ad_spend__flat') }}
    union all
    select
        ad_spend_id,
        source_format,
        account_id,
        spend_date,
        channel,
        campaign_id,
        campaign,
        cost,
        currency,
        impressions,
        clicks
    from {{ ref('int_canonical__platform_spend') }}
),

converted as (
    select
        delivered.*,
        aliases.marketing_channel,
        cast(delivered.cost / rates.units_per_euro as decimal(18, 4)) as cost_eur
    from delivered
    left join {{ ref('marketing_channel_aliases') }} as aliases
        on {{ alias_key('delivered.channel') }} = aliases.alias
    left join {{ ref('int_canonical__currency_rates') }} as rates
        on
            delivered.currency = rates.currency
            and delivered.spend_date >= rates.valid_from
            and delivered.spend_date < rates.valid_to
),

-- What a platform tells of a campaign goes before what a media buyer's list says of it.
told_by_platform as (
    select
        spend_date,
        marketing_channel,
        lower(trim(campaign)) as campaign_key
    from converted
    where source_format <> 'flat'
    union
    select
        spend_date,
        marketing_channel,
        lower(trim(campaign_id)) as campaign_key
    from converted
    where source_format <> 'flat'
)

select
    converted.ad_spend_id,
    converted.source_format,
    converted.account_id,
    converted.spend_date,
    converted.channel as source_channel,
    converted.marketing_channel,
    converted.campaign_id,
    converted.campaign,
    converted.cost_eur,
    converted.impressions,
    converted.clicks
from converted
left join told_by_platform
    on
        case when converted.source_format = 'flat' then converted.spend_date end = told_by_platform.spend_date
        and converted.marketing_channel = told_by_platform.marketing_channel
        and lower(trim(converted.campaign)) = told_by_platform.campaign_key
where told_by_platform.spend_date is null
