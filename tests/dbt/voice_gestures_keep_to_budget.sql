-- Teams whose gestures of a month cost more than their budget.
{%- set raised_month = "cast(date_trunc('month', "
    ~ utc_to_local('alerts.raised_at', "'" ~ var('business_time_zone') ~ "'") ~ ') as date)' %}
select
    alerts.owner,
    {{ raised_month }} as month,
    sum(alerts.gesture_eur) as promised_eur,
    max(budgets.budget_eur) as budget_eur
from {{ ref('dissatisfaction_alerts') }} as alerts
left join {{ ref('gesture_budgets') }} as budgets
    on
        alerts.owner = budgets.owner
        and {{ raised_month }} >= budgets.valid_from
        and (budgets.valid_to is null or {{ raised_month }} < budgets.valid_to)
group by alerts.owner, {{ raised_month }}
having sum(alerts.gesture_eur) > coalesce(max(budgets.budget_eur), 0)
