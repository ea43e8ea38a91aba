-- By each model the cost of all channels is the spend, month by month.
with spent as (
    select
        period,
        sum(cost_eur) as cost_eur
    from {{ ref('int_attribution__spend') }}
    group by period
),

shown as (
    select
        model,
        period,
        sum(cost_eur) as cost_eur
    from {{ ref('attribution_by_channel') }}
    group by model, period
)

select
    shown.model,
    shown.period,
    shown.cost_eur,
    spent.cost_eur as spent_eur
from shown
left join spent on shown.period = spent.period
where abs(shown.cost_eur - coalesce(spent.cost_eur, 0)) > 1e-6
