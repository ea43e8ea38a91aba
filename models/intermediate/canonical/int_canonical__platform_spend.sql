-- grain: one row per ad_spend_id: a platform's account, day, campaign, channel and currency
{% set columns %}
        account_id,
        spend_date,
        level,
        breakdown,
        campaign_id,
        campaign,
        channel,
        cost,
        currency,
        impressions,
        clicks
{% endset %}
with delivered as (
    select
        'google_ads' as source_format,
        {{ columns }}
    from {{ ref('stg_ad_spend__google_ads') }}
    union all
    select
        'meta' as source_format,
        {{ columns }}
    from {{ ref('stg_ad_spend__meta') }}
),

detailed as (
    select
        *,
        -- campaigns before their parts, an account's total last; then the least broken down
        case level
            when 'campaign' then '1'
            when 'ad_group' then '2'
            when 'ad_set' then '2'
            when 'ad' then '3'
            when 'keyword' then '4'
            else '9'
        end
        || ' ' || (length(breakdown) - length(replace(breakdown, ' ', '')))
        || ' ' || breakdown as detail
    from delivered
),

compared as (
    select
        *,
        min(detail) over (partition by source_format, account_id, spend_date) as chosen_detail
    from detailed
),

chosen as (
    select
        *,
        coalesce(campaign_id, campaign) as campaign_key
    from compared
    where detail = chosen_detail
)

select
    {{ hash_key([
        'source_format', 'account_id', 'spend_date', 'campaign_key', 'channel', 'currency',
    ]) }} as ad_spend_id,
    source_format,
    account_id,
    spend_date,
    campaign_id,
    max(campaign) as campaign,
    channel,
    currency,
    cast(sum(cost) as decimal(18, 6)) as cost,
    cast(sum(impressions) as bigint) as impressions,
    cast(sum(clicks) as bigint) as clicks
from chosen
group by source_format, account_id, spend_date, campaign_key, campaign_id, channel, currency
