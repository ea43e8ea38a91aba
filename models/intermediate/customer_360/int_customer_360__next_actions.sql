-- grain: one row per person: what to do next, why and where (person_id)
--
-- The first reason in the seed's order. Nothing is sold during a hold, nor to whoever has borne as
-- many attempts as a month bears. A channel without permission gives way to the next one; the sites
-- are left to everybody, as there it's the person who comes.
with permissions as (
    select
        person_id,
        bool_or(purpose = 'phone_canvassing' and status = 'granted') as may_phone,
        bool_or(purpose = 'email_prospecting' and status = 'granted') as may_email,
        bool_or(purpose = 'sms_prospecting' and status = 'granted') as may_sms
    from {{ ref('int_customer_360__permissions') }}
    group by person_id
),

held as (
    select distinct person_id
    from {{ ref('int_customer_360__holds') }}
),

possible as (
    select
        reasons.person_id,
        min(actions.rank) as rank
    from {{ ref('int_customer_360__reasons') }} as reasons
    inner join {{ ref('next_best_actions') }} as actions
        on reasons.reason_code = actions.reason_code
    left join held on reasons.person_id = held.person_id
    left join {{ ref('int_customer_360__pressure') }} as pressure
        on reasons.person_id = pressure.person_id
    where
        not actions.is_sales
        or (held.person_id is null and coalesce(pressure.pressure_points, 0) < {{ var('pressure_points_limit') }})
    group by reasons.person_id
)

select
    possible.person_id,
    actions.action,
    actions.reason_code,
    reasons.product_id,
    case
        when actions.contact_channel = 'phone' and (
            -- whoever may lawfully be called about a quote; a service call sells nothing
            not actions.is_sales or actions.reason_code = 'open_quote' or permissions.may_phone
        ) then 'phone'
        when actions.contact_channel in ('phone', 'email') and permissions.may_email then 'email'
        when actions.contact_channel in ('phone', 'email') and permissions.may_sms then 'sms'
        when actions.contact_channel is not null then 'web'
    end as contact_channel
from possible
inner join {{ ref('next_best_actions') }} as actions
    on possible.rank = actions.rank
inner join {{ ref('int_customer_360__reasons') }} as reasons
    on possible.person_id = reasons.person_id and actions.reason_code = reasons.reason_code
left join permissions on possible.person_id = permissions.person_id
