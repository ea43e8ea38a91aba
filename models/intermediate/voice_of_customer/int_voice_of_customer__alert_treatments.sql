-- grain: one row per alert, with the value of who complains and the rule that says what to do (grievance_id)
--
-- Rules are tried by rank. Nobody can be called back who isn't known.
with alerts as (
    select *
    from {{ ref('int_voice_of_customer__grievances') }}
    where is_alert and (person_id is not null or source in ('review', 'post')) and raised_at <= {{ as_of() }}
),

premiums as (
    select
        alerts.grievance_id,
        sum(contracts.premium_eur) as premium_eur
    from alerts
    inner join {{ ref('int_journeys__signed_contracts') }} as contracts
        on
            alerts.person_id = contracts.person_id
            and alerts.raised_at >= contracts.opened_at
            and coalesce(alerts.raised_at < contracts.closed_at, true)
    group by alerts.grievance_id
),

valued as (
    select
        alerts.grievance_id,
        alerts.source,
        alerts.raised_at,
        alerts.is_leaving,
        case when alerts.person_id is null then 'unknown' else 'known' end as identity_state,
        coalesce(premiums.premium_eur, 0) as premium_eur,
        bands.value_segment
    from alerts
    left join premiums on alerts.grievance_id = premiums.grievance_id
    inner join {{ ref('value_segments') }} as bands
        on coalesce(premiums.premium_eur, 0) >= bands.least_premium_eur
    qualify
        row_number() over (
            partition by alerts.grievance_id
            order by bands.least_premium_eur desc, bands.value_segment asc, alerts.grievance_id asc
        ) = 1
)

select
    valued.grievance_id,
    valued.premium_eur,
    valued.value_segment,
    rules.action,
    rules.owner,
    {{ add_seconds('valued.raised_at', 'rules.deadline_hours * 3600') }} as due_at,
    rules.gesture,
    rules.gesture_eur
from valued
inner join {{ ref('dissatisfaction_rules') }} as rules
    on
        valued.source = coalesce(rules.source, valued.source)
        and valued.value_segment = coalesce(rules.value_segment, valued.value_segment)
        and valued.identity_state = coalesce(rules.identity_state, valued.identity_state)
        and (valued.is_leaving or not rules.is_leaving_only)
qualify
    row_number() over (partition by valued.grievance_id order by rules.rank, valued.grievance_id) = 1
