-- grain: one row per case_id
select
    cases.case_id,
    cases.customer_id,
    cases.case_kind,
    cases.reason_code,
    cases.opened_at,
    cases.closed_at,
    cases.case_status,
    channels.contact_channel
from {{ ref('stg_crm__cases') }} as cases
left join {{ ref('contact_channels') }} as channels
    on {{ alias_key('cases.channel') }} = channels.alias
