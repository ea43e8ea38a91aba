-- grain: one row per lead given to the contact centre, again where it was given again (delivery_id)
select
    leads.file_name || ':' || cast(leads.line as varchar) as delivery_id,
    leads.target_id,
    leads.person_id,
    leads.trigger,
    leads.product_id,
    leads.detected_at,
    leads.call_date,
    leads.slot_start_at,
    leads.slot_end_at,
    leads.consumer_time_zone,
    leads.team,
    leads.delivered_at,
    min(cancels.delivered_at) as cancelled_at,
    max(acknowledgements.status) as acknowledgement
from {{ ref('stg_audit__lead_deliveries') }} as leads
left join {{ ref('stg_audit__lead_deliveries') }} as cancels
    on
        leads.file_name = cancels.file_name
        and leads.target_id = cancels.target_id
        and leads.slot_start_at = cancels.slot_start_at
        and leads.line < cancels.line
        and cancels.action = 'cancel'
left join {{ ref('stg_audit__lead_acknowledgements') }} as acknowledgements
    on leads.target_id = acknowledgements.target_id and acknowledgements.action = 'lead'
where leads.action = 'lead'
group by
    leads.file_name, leads.line, leads.target_id, leads.person_id, leads.trigger, leads.product_id,
    leads.detected_at, leads.call_date, leads.slot_start_at, leads.slot_end_at,
    leads.consumer_time_zone, leads.team, leads.delivered_at
