-- grain: one row per measure and month (measure_code, month)
--
-- A project's cost is shared equally by the measures that name it, so that costs add up.
with costs as (
    -- a project written in two ways is one
    select
        {{ alias_key('project') }} as project,
        cost_month,
        sum(cost_eur) as cost_eur
    from {{ ref('int_canonical__costs') }}
    group by {{ alias_key('project') }}, cost_month
),

project_costs as (
    select
        measures.measure_code,
        costs.cost_month as month,
        costs.cost_eur / count(*) over (partition by costs.project, costs.cost_month) as cost_eur
    from {{ ref('scorecard_measures') }} as measures
    inner join costs
        on {{ alias_key('measures.cost_project') }} = costs.project
)

select
    measures.measure_code,
    results.month,
    measures.label,
    measures.programme,
    measures.origin,
    measures.perspective,
    results.effort,
    measures.effort_unit,
    measures.target,
    results.result,
    case
        when measures.is_higher_better then results.result >= measures.target
        else results.result <= measures.target
    end as is_on_target,
    cast(project_costs.cost_eur as decimal(18, 4)) as cost_eur,
    measures.owner,
    measures.shared_by
from {{ ref('int_customer_360__measures') }} as results
inner join {{ ref('scorecard_measures') }} as measures
    on results.measure_code = measures.measure_code
left join project_costs
    on results.measure_code = project_costs.measure_code and results.month = project_costs.month
