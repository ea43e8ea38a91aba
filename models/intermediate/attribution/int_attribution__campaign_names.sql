-- grain: one row per campaign, however it is spelt (campaign_key)
--
-- Campaigns are told apart without case, and shown as they are spelt: in CRM's calendar, by id or by
-- name, so that marts join dim_campaign, else in the spend, else in the visits' parameters.
with spelt as (
    select
        1 as source_rank,
        trim(campaign_id) as campaign
    from {{ ref('int_canonical__campaigns') }}
    union distinct
    select
        2 as source_rank,
        trim(campaign_name) as campaign
    from {{ ref('int_canonical__campaigns') }}
    union distinct
    select
        3 as source_rank,
        trim(campaign) as campaign
    from {{ ref('int_canonical__ad_spend') }}
    union distinct
    select
        4 as source_rank,
        trim(utm_campaign) as campaign
    from {{ ref('int_journeys__session_origins') }}
),

keyed as (
    select
        lower(campaign) as campaign_key,
        campaign,
        source_rank
    from spelt
    where campaign is not null
)

select
    campaign_key,
    campaign
from keyed
qualify row_number() over (partition by campaign_key order by source_rank, campaign) = 1
