-- grain: one row per project, cost_month
select
    costs.project,
    cast(date_trunc('month', costs.cost_month) as date) as cost_month,
    cast(sum(costs.cost / rates.units_per_euro) as decimal(18, 4)) as cost_eur
from {{ ref('stg_crm__costs') }} as costs
left join {{ ref('int_canonical__currency_rates') }} as rates
    on
        costs.currency = rates.currency
        and costs.cost_month >= rates.valid_from
        and costs.cost_month < rates.valid_to
group by 1, 2
