-- grain: one row per lead that was ever planned, as it stands (target_id)
--
-- Written once a run, after choosing; a later run reads it as int_canonical__planned_targets. The
-- signals are those of the first plan, so that a model learns from what was known before any call.
-- A full refresh keeps it; what is older than navigation may be kept goes.
{{ config(
    materialized='incremental', schema='restricted', alias='target_ledger', full_refresh=false,
    unique_key='target_id', incremental_strategy='delete+insert', post_hook=[
        "{{ forget_older('planned_at', var('lead_ledger_days')) }}"
    ]
) }}
{%- set kept = [
    'candidate_id', 'household_key', 'person_id', 'visitor_id', 'product_id', 'trigger', 'is_customer',
    'call_date', 'slot_start_at', 'slot_end_at', 'consumer_time_zone', 'team', 'skill', 'language',
    'adviser_skills', 'adviser_languages', 'priority_rank', 'expires_at', 'legal_basis', 'consent_id',
    'adviser_context', 'expected_value_eur', 'model_version'
] %}
{%- set signals = [
    'step_rate', 'hours_since_sign', 'visit_count', 'inbound_call_count', 'call_attempt_count',
    'contract_count', 'customer_days', 'complaint_count'
] %}
with planned as (
    select
        plan.*,
        inputs.step_rate,
        inputs.hours_since_sign,
        inputs.visit_count,
        inputs.inbound_call_count,
        inputs.call_attempt_count,
        inputs.contract_count,
        inputs.customer_days,
        inputs.complaint_count
    from {{ ref('int_e_rebond__plan') }} as plan
    inner join {{ ref('int_e_rebond__score_inputs') }} as inputs
        on plan.candidate_id = inputs.candidate_id
),

known as (
    {% if is_incremental() %}
        select * from {{ this }}
    {% else %}
        select
            *,
            {{ as_of() }} as planned_at,
            'planned' as status,
            cast(null as varchar) as status_reason,
            {{ as_of() }} as changed_at
        from planned
        where 1 = 0
    {% endif %}
),

-- A slot that is over has expired, called or not: its outcome says which. What had one to come and
-- has it no longer is withdrawn, for the reason that makes it ineligible or that others were chosen.
left_out as (
    select
        known.*,
        case when known.slot_end_at <= {{ as_of() }} then 'expired' else 'withdrawn' end as new_status,
        case
            when known.slot_end_at <= {{ as_of() }} then null
            when eligibility.candidate_id is null then 'no_sign'
            when not eligibility.is_eligible then eligibility.exclusion_reason
            else 'not_chosen'
        end as new_reason
    from known
    left join planned on known.target_id = planned.target_id
    left join {{ ref('int_e_rebond__eligibility') }} as eligibility
        on known.candidate_id = eligibility.candidate_id
    where known.status = 'planned' and planned.target_id is null
)

select
    planned.target_id,
    {% for column in kept %}planned.{{ column }},
    {% endfor -%}
    {% for signal in signals -%}
        case when known.target_id is null then planned.{{ signal }} else known.{{ signal }} end as {{ signal }},
    {% endfor -%}
    coalesce(known.planned_at, {{ as_of() }}) as planned_at,
    'planned' as status,
    cast(null as varchar) as status_reason,
    case
        when known.status = 'planned' and known.slot_start_at = planned.slot_start_at and known.team = planned.team
            then known.changed_at
        else {{ as_of() }}
    end as changed_at
from planned
left join known on planned.target_id = known.target_id
union all
select
    target_id,
    {% for column in kept + signals %}{{ column }},
    {% endfor -%}
    planned_at,
    new_status as status,
    new_reason as status_reason,
    {{ as_of() }} as changed_at
from left_out
