-- grain: one row per person_id, month: linked persons who were in touch with us, or visited, that month
--
-- Each sign counts for whoever held its identifier at that moment; what navigation may not be linked
-- has no person there.
with signs as (
    select
        'visitor_id' as identifier_type,
        visitor_id as identifier_value,
        occurred_at
    from {{ ref('int_canonical__web_events') }}
    where visitor_id is not null and is_bot is distinct from true and occurred_at >= {{ tribe_months_from() }}
    union all
    select
        'phone_hash' as identifier_type,
        caller_hash as identifier_value,
        started_at as occurred_at
    from {{ ref('int_canonical__calls') }}
    where caller_hash is not null and started_at >= {{ tribe_months_from() }}
    {% for column in ['customer_id', 'email_hash', 'phone_hash', 'visitor_id'] %}
        union all
        select
            '{{ column }}' as identifier_type,
            {{ column }} as identifier_value,
            occurred_at
        from {{ ref('int_canonical__contacts') }}
        where {{ column }} is not null and occurred_at >= {{ tribe_months_from() }}
    {% endfor %}
)

select distinct
    members.person_id,
    cast(date_trunc('month', signs.occurred_at) as date) as month
from signs
inner join {{ ref('int_identity__members') }} as members
    on
        signs.identifier_type = members.identifier_type
        and signs.identifier_value = members.identifier_value
        and signs.occurred_at >= members.valid_from
        and (members.valid_to is null or signs.occurred_at < members.valid_to)
inner join {{ ref('int_identity__link_persons') }} as persons on members.person_id = persons.person_id
where signs.occurred_at <= {{ as_of() }}
