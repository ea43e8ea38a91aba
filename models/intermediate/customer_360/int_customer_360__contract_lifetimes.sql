-- grain: one row per product and month of a contract's life: how much longer it lasts (product_id, tenure_month)
with later as (
    select
        now.product_id,
        now.tenure_month,
        later.tenure_month - now.tenure_month as months_on,
        -- of a product whose contracts are all gone nothing more is expected
        coalesce(later.survival_rate / nullif(now.survival_rate, 0), 0) as survival_rate
    from {{ ref('int_customer_360__survival') }} as now
    inner join {{ ref('int_customer_360__survival') }} as later
        on
            now.product_id = later.product_id
            and now.tenure_month < later.tenure_month
            and later.tenure_month <= now.tenure_month + {{ var('value_months') }}
)

select
    product_id,
    tenure_month,
    1 - max(case when months_on = 12 then survival_rate end) as churn_rate,
    sum(case when months_on <= 12 then cast(survival_rate as decimal(38, 18)) end) as year_months,
    -- a month's margin is worth less the later it comes
    sum(cast(
        survival_rate / power(1 + {{ var('value_discount_rate') }}, months_on / 12.0) as decimal(38, 18)
    )) as lifetime_months
from later
group by product_id, tenure_month
having count(*) = {{ var('value_months') }}
