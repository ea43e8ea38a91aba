-- grain: one row per product and month: what the web did for the phone, and the phone for the web
-- (product_id, month)
--
-- Shares are of sales whose buyer had a touch that may be seen; the others tell nothing.
with sales as (
    select
        coalesce(product_id, 'none') as product_id,
        cast(date_trunc('month', converted_at) as date) as month,
        coalesce(finalised_channel, declared_finalised_channel) as concluded_on,
        touch_count > 0 as is_observed,
        web_touch_count > 0 as has_web,
        phone_touch_count > 0 as has_phone,
        revenue_eur
    from {{ ref('fct_conversions') }}
    where status <> 'withdrawn'
),

counts as (
    select
        product_id,
        month,
        count(case when concluded_on = 'phone' then 1 end) as phone_sales,
        count(case when concluded_on = 'phone' and is_observed then 1 end) as observed_phone_sales,
        count(case when concluded_on = 'phone' and has_web then 1 end) as phone_sales_with_web,
        sum(case when concluded_on = 'phone' and has_web then revenue_eur end) as phone_revenue_with_web_eur,
        count(case when concluded_on in ('web', 'app') then 1 end) as web_sales,
        count(case when concluded_on in ('web', 'app') and is_observed then 1 end) as observed_web_sales,
        count(case when concluded_on in ('web', 'app') and has_phone then 1 end) as web_sales_with_phone
    from sales
    group by product_id, month
)

select
    product_id,
    month,
    phone_sales,
    observed_phone_sales,
    phone_sales_with_web,
    cast(coalesce(phone_revenue_with_web_eur, 0) as decimal(18, 4)) as phone_revenue_with_web_eur,
    cast(phone_sales_with_web as double) / nullif(observed_phone_sales, 0) as web_before_phone_rate,
    web_sales,
    observed_web_sales,
    web_sales_with_phone,
    cast(web_sales_with_phone as double) / nullif(observed_web_sales, 0) as phone_before_web_rate
from counts
