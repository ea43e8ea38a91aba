-- grain: one row per funnel and step from which on leads would be called (funnel, from_step)
{%- set per_week = '7.0 / ' ~ var('scenario_days') %}
select
    volumes.funnel,
    volumes.from_step,
    volumes.step_count,
    volumes.from_step = funnels.rebond_from_step as is_in_force,
    volumes.attempt_count * {{ per_week }} as attempts_per_week,
    volumes.lead_count * {{ per_week }} as leads_per_week,
    volumes.sale_count / nullif(volumes.lead_count, 0) as sale_rate,
    case when volumes.is_measured then 'calls' else 'score' end as sale_rate_by,
    volumes.sale_count * {{ per_week }} as sales_per_week,
    cast(volumes.value_eur * {{ per_week }} as decimal(18, 4)) as value_eur_per_week,
    loads.calls_per_week,
    loads.handling_seconds,
    service.load_erlangs,
    service.agents,
    service.service_level_without,
    service.service_level
from {{ ref('int_e_rebond__threshold_volumes') }} as volumes
inner join {{ ref('funnels') }} as funnels
    on volumes.funnel = funnels.funnel
inner join {{ ref('int_e_rebond__threshold_loads') }} as loads
    on volumes.funnel = loads.funnel and volumes.from_step = loads.from_step
left join {{ ref('int_e_rebond__threshold_service') }} as service
    on volumes.funnel = service.funnel and volumes.from_step = service.from_step
