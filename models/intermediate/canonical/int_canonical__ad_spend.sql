-- grain: one row per ad_spend_id: a day, channel and campaign as the media buyer names them
select
    ad_spend.ad_spend_id,
    'flat' as source_format,
    ad_spend.spend_date,
    ad_spend.channel as source_channel,
    aliases.marketing_channel,
    ad_spend.campaign,
    cast(ad_spend.cost / rates.units_per_euro as decimal(18, 4)) as cost_eur,
    ad_spend.impressions,
    ad_spend.clicks
from {{ ref('stg_ad_spend__flat') }} as ad_spend
left join {{ ref('marketing_channel_aliases') }} as aliases
    on {{ alias_key('ad_spend.channel') }} = aliases.alias
left join {{ ref('int_canonical__currency_rates') }} as rates
    on
        ad_spend.currency = rates.currency
        and ad_spend.spend_date >= rates.valid_from
        and ad_spend.spend_date < rates.valid_to
