-- grain: one row per contract in force, with what it should still bring (contract_id)
with running as (
    select
        contract_id,
        person_id,
        coalesce(product_id, 'none') as product_id,
        opened_at,
        {{ seconds_between('opened_at', as_of()) }} // 2629800 as tenure_month,
        coalesce(margin_eur, premium_eur * {{ var('default_margin_rate') }}, 0) as margin_eur
    from {{ ref('int_journeys__signed_contracts') }}
    where
        person_id is not null
        and opened_at <= {{ as_of() }}
        and coalesce(closed_at, {{ never() }}) > {{ as_of() }}
        and status <> 'withdrawn'
)

select
    running.contract_id,
    running.person_id,
    running.product_id,
    running.opened_at,
    lifetimes.churn_rate,
    cast(running.margin_eur * lifetimes.year_months / 12 as decimal(18, 4)) as year_value_eur,
    cast(running.margin_eur * lifetimes.lifetime_months / 12 as decimal(18, 4)) as lifetime_value_eur
from running
inner join {{ ref('int_customer_360__contract_lifetimes') }} as lifetimes
    on running.product_id = lifetimes.product_id and running.tenure_month = lifetimes.tenure_month
