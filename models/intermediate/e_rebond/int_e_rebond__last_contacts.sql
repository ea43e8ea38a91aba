-- grain: one row per candidate who isn't a client, with their last contact with us (candidate_id)
--
-- A contact is what the person did towards us: a call, a message, an order, a quote begun. Neither a
-- visit nor an e-mail that was opened is one. A contract's end is one, and so is the collection.
with candidates as (
    select candidates.*
    from {{ ref('int_e_rebond__candidates') }} as candidates
    left join {{ ref('int_e_rebond__clients') }} as clients
        on candidates.candidate_id = clients.candidate_id
    where clients.candidate_id is null
),

contacts as (
    select
        candidates.candidate_id,
        candidates.detected_at as contacted_at
    from candidates
    inner join {{ ref('e_rebond_triggers') }} as triggers
        on candidates.trigger = triggers.trigger
    where triggers.is_express_step
    union all
    select
        candidates.candidate_id,
        interactions.occurred_at
    from candidates
    inner join {{ ref('int_journeys__interactions') }} as interactions
        on candidates.person_id = interactions.person_id
    where interactions.direction = 'inbound' and interactions.source <> 'session'
    union all
    -- the collection
    select
        candidates.candidate_id,
        people.first_seen_at
    from candidates
    inner join {{ ref('int_identity__persons') }} as people
        on candidates.person_id = people.person_id
    union all
    select
        candidates.candidate_id,
        customers.created_at
    from candidates
    inner join {{ ref('int_canonical__customers') }} as customers
        on candidates.customer_id = customers.customer_id
    union all
    select
        candidates.candidate_id,
        contracts.closed_at
    from candidates
    inner join {{ ref('int_canonical__contracts') }} as contracts
        on candidates.customer_id = contracts.customer_id
)

select
    candidates.candidate_id,
    coalesce(
        max(case when contacts.contacted_at <= candidates.evaluated_at then contacts.contacted_at end), {{ ever() }}
    ) as last_contact_at
from candidates
left join contacts
    on candidates.candidate_id = contacts.candidate_id
group by candidates.candidate_id
