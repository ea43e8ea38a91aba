-- grain: one row per person and reason for which nobody sells to them now (person_id, hold_reason)
with customers as (
    select
        customer_id,
        person_id
    from {{ ref('int_identity__link_customers') }}
)

select
    customers.person_id,
    moments.life_event_kind as hold_reason,
    max(cast({{ add_days('events.occurred_date', 'moments.hold_days + 1') }} as timestamp)) as ends_at
from {{ ref('int_canonical__life_events') }} as events
inner join {{ ref('key_moments') }} as moments
    on {{ alias_key('events.life_event_kind') }} = moments.life_event_kind
inner join customers on events.customer_id = customers.customer_id
where
    events.occurred_date <= cast({{ as_of() }} as date)
    and cast({{ add_days('events.occurred_date', 'moments.hold_days + 1') }} as timestamp) > {{ as_of() }}
group by customers.person_id, moments.life_event_kind
union all
select
    customers.person_id,
    'complaint' as hold_reason,
    cast(null as timestamp) as ends_at
from {{ ref('int_canonical__cases') }} as cases
inner join customers on cases.customer_id = customers.customer_id
where
    {{ alias_key('cases.case_kind') }} = 'complaint'
    and cases.opened_at <= {{ as_of() }}
    and coalesce(cases.closed_at, {{ never() }}) > {{ as_of() }}
group by customers.person_id
union all
-- our own list: by whichever identifier somebody asked to be left alone
select
    members.person_id,
    'opposition' as hold_reason,
    max(oppositions.ends_at) as ends_at
from {{ ref('int_canonical__oppositions') }} as oppositions
inner join {{ ref('int_identity__members') }} as members
    on
        {{ identifier_type('oppositions.subject_kind') }} = members.identifier_type
        and oppositions.subject_key = members.identifier_value
        and {{ held_at('members', as_of()) }}
where
    oppositions.opposition_list = 'internal'
    and coalesce(oppositions.effective_at, {{ as_of() }}) <= {{ as_of() }}
    and coalesce(oppositions.ends_at, {{ never() }}) > {{ as_of() }}
group by members.person_id
