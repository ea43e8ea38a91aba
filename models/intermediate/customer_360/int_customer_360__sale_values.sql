-- grain: one row per person and moment of a sale: what its sales bring at each horizon (person_key, sale_us)
--
-- Short: what the customer paid. Medium: a year's margin. Long: the margin of a lifetime, later years
-- discounted. A contract that ended brought what it brought.
with sales as (
    select
        {{ narrow_hash(['conversions.person_id']) }} as person_key,
        {{ epoch_us('conversions.converted_at') }} as sale_us,
        coalesce(conversions.net_revenue_eur, 0) as short_eur,
        coalesce(
            conversions.margin_eur, conversions.net_revenue_eur * {{ var('default_margin_rate') }}, 0
        ) as margin_eur,
        case
            when conversions.contract_id is null or conversions.cancelled_at <= {{ as_of() }} then null
            else coalesce(conversions.product_id, 'none')
        end as running_product_id
    from {{ ref('int_journeys__conversions') }} as conversions
    where
        conversions.person_id is not null
        and conversions.converted_at <= {{ as_of() }}
        and conversions.status in ('accepted', 'signed')
)

select
    sales.person_key,
    sales.sale_us,
    cast(sum(sales.short_eur) as double) as short_eur,
    cast(sum(cast(
        sales.margin_eur * coalesce(lifetimes.year_months / 12, 1) as decimal(38, 10)
    )) as double) as medium_eur,
    cast(sum(cast(
        sales.margin_eur * coalesce(lifetimes.lifetime_months / 12, 1) as decimal(38, 10)
    )) as double) as long_eur
from sales
left join {{ ref('int_customer_360__contract_lifetimes') }} as lifetimes
    on sales.running_product_id = lifetimes.product_id and lifetimes.tenure_month = 0
group by sales.person_key, sales.sale_us
