-- grain: one row per model, month, marketing channel, campaign and product with credit or cost
-- (model, period, marketing_channel, campaign, product_id)
--
-- A campaign's cost is shared among the products that it has credit for, by credit; without credit
-- it stays with the campaign's own product. Credits are added up as decimals, which no order of rows
-- changes.
with credits as (
    select
        credits.model,
        cast(date_trunc('month', conversions.converted_at) as date) as period,
        credits.marketing_channel,
        coalesce(credits.campaign, 'none') as campaign,
        coalesce(conversions.product_id, 'none') as product_id,
        cast(sum(cast(credits.credit as decimal(38, 15))) as double) as conversions,
        cast(sum(cast(credits.credited_revenue_eur as decimal(38, 12))) as double) as revenue_eur
    from {{ ref('fct_attributed_conversions') }} as credits
    inner join {{ ref('int_journeys__conversions') }} as conversions
        on credits.conversion_id = conversions.conversion_id
    group by 1, 2, 3, 4, 5
),

spend as (
    select
        models.model,
        spend.*
    from {{ ref('int_attribution__spend') }} as spend
    cross join {{ ref('attribution_models') }} as models
),

combined as (
    select
        coalesce(credits.model, spend.model) as model,
        coalesce(credits.period, spend.period) as period,
        coalesce(credits.marketing_channel, spend.marketing_channel) as marketing_channel,
        coalesce(credits.campaign, spend.campaign) as campaign,
        coalesce(credits.product_id, spend.product_id) as product_id,
        coalesce(credits.conversions, 0) as conversions,
        coalesce(credits.revenue_eur, 0) as revenue_eur,
        coalesce(cast(spend.cost_eur as double), 0) * coalesce(
            credits.conversions / cast(sum(cast(credits.conversions as decimal(38, 15))) over (
                partition by credits.model, credits.period, credits.marketing_channel, credits.campaign
            ) as double),
            1
        ) as cost_eur
    from credits
    full outer join spend
        on
            credits.model = spend.model
            and credits.period = spend.period
            and credits.marketing_channel = spend.marketing_channel
            and credits.campaign = spend.campaign
),

before as (
    select
        combined.*,
        lag(combined.period) over (
            partition by combined.model, combined.marketing_channel, combined.campaign, combined.product_id
            order by combined.period
        ) = cast({{ dbt.dateadd('month', -1, 'combined.period') }} as date) as has_month_before,
        lag(combined.revenue_eur) over (
            partition by combined.model, combined.marketing_channel, combined.campaign, combined.product_id
            order by combined.period
        ) as revenue_before_eur,
        lag(combined.cost_eur) over (
            partition by combined.model, combined.marketing_channel, combined.campaign, combined.product_id
            order by combined.period
        ) as cost_before_eur
    from combined
),

observed as (
    select
        coalesce(product_id, 'none') as product_id,
        cast(date_trunc('month', converted_at) as date) as period,
        cast(count(case when touch_count > 0 then 1 end) as double) / count(*) as observable_share
    from {{ ref('fct_conversions') }}
    where status <> 'withdrawn'
    group by 1, 2
)

select
    before.model,
    before.period,
    before.marketing_channel,
    before.campaign,
    before.product_id,
    before.conversions,
    before.revenue_eur,
    before.cost_eur,
    before.revenue_eur / nullif(before.cost_eur, 0) as roas,
    before.cost_eur / nullif(before.conversions, 0) as cost_per_conversion_eur,
    observed.observable_share,
    case when before.has_month_before then before.revenue_eur - before.revenue_before_eur end as marginal_revenue_eur,
    case when before.has_month_before then before.cost_eur - before.cost_before_eur end as marginal_cost_eur,
    case
        when before.has_month_before
            then
                (before.revenue_eur - before.revenue_before_eur)
                / nullif(before.cost_eur - before.cost_before_eur, 0)
    end as marginal_roas
from before
left join observed
    on before.product_id = observed.product_id and before.period = observed.period
