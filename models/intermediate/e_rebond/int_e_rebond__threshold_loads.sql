-- grain: one row per funnel and step from which on leads might be called: the calls they would ask for
-- (funnel, from_step)
with tried as (
    select cast(count(*) as double) / nullif(count(distinct outcomes.target_id), 0) as calls_per_lead
    from {{ ref('int_canonical__lead_outcomes') }} as outcomes
    where outcomes.attempted_at < {{ as_of() }}
),

hours as (
    select count(*) as half_hours
    from {{ ref('int_e_rebond__calling_hours_load') }}
)

select
    volumes.funnel,
    volumes.from_step,
    volumes.lead_count * coalesce(tried.calls_per_lead, 1) * 7.0 / {{ var('scenario_days') }} as calls_per_week,
    handling.handling_seconds,
    hours.half_hours as half_hours_per_week
from {{ ref('int_e_rebond__threshold_volumes') }} as volumes
cross join tried
cross join {{ ref('int_canonical__outbound_handling') }} as handling
cross join hours
