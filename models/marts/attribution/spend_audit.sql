-- grain: one row per month, marketing channel and campaign with spend or paid visits
-- (period, marketing_channel, campaign)
with visits as (
    select
        cast(date_trunc('month', sessions.session_start_at) as date) as period,
        sessions.marketing_channel,
        coalesce(names.campaign, 'none') as campaign,
        count(*) as visits,
        max(case when paid.marketing_channel is not null then 1 else 0 end) = 1 as is_paid
    from {{ ref('fct_sessions') }} as sessions
    left join {{ ref('paid_channels') }} as paid
        on sessions.marketing_channel = paid.marketing_channel
    left join {{ ref('int_attribution__campaign_names') }} as names
        on lower(trim(sessions.utm_campaign)) = names.campaign_key
    where not sessions.is_bot
    group by 1, 2, 3
)

select
    coalesce(spend.period, visits.period) as period,
    coalesce(spend.marketing_channel, visits.marketing_channel) as marketing_channel,
    coalesce(spend.campaign, visits.campaign) as campaign,
    cast(coalesce(spend.cost_eur, 0) as decimal(18, 4)) as cost_eur,
    cast(coalesce(spend.clicks, 0) as bigint) as clicks,
    coalesce(visits.visits, 0) as visits,
    case
        when spend.cost_eur > 0 and visits.visits is null then 'spend_without_visits'
        when coalesce(spend.cost_eur, 0) = 0 and visits.is_paid then 'visits_without_spend'
        else 'none'
    end as finding
from {{ ref('int_attribution__spend') }} as spend
full outer join visits
    on
        spend.period = visits.period
        and spend.marketing_channel = visits.marketing_channel
        and spend.campaign = visits.campaign
where spend.period is not null or visits.is_paid
