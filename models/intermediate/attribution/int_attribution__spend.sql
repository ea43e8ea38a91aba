-- grain: one row per month, marketing channel and campaign with spend (period, marketing_channel, campaign)
--
-- Spend names a campaign by its id in CRM's calendar or by its name, whichever the platform was given.
with spelt as (
    select
        1 as source_rank,
        campaign_id,
        product_id,
        lower(trim(campaign_id)) as campaign_key
    from {{ ref('int_canonical__campaigns') }}
    union all
    select
        2 as source_rank,
        campaign_id,
        product_id,
        lower(trim(campaign_name)) as campaign_key
    from {{ ref('int_canonical__campaigns') }}
),

campaigns as (
    select
        campaign_key,
        product_id
    from spelt
    qualify row_number() over (partition by campaign_key order by source_rank, campaign_id) = 1
)

select
    cast(date_trunc('month', spend.spend_date) as date) as period,
    coalesce(spend.marketing_channel, 'none') as marketing_channel,
    coalesce(names.campaign, 'none') as campaign,
    coalesce(max(campaigns.product_id), 'none') as product_id,
    sum(spend.cost_eur) as cost_eur,
    sum(spend.clicks) as clicks
from {{ ref('int_canonical__ad_spend') }} as spend
left join {{ ref('int_attribution__campaign_names') }} as names
    on lower(trim(spend.campaign)) = names.campaign_key
left join campaigns on names.campaign_key = campaigns.campaign_key
group by 1, 2, 3
