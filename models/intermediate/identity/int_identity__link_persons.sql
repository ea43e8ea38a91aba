-- grain: one row per person who may be linked to others (person_id)
--
-- Nobody who may be a minor: a customer must have turned 18 for sure, so the year of birth must lie
-- more than 18 years back; without one a customer is left out. Of others no age is known; the
-- variable tribes_unknown_age says whether they may be there. Companies have no circles, and who
-- objects to marketing (by any of their identifiers) is not profiled for it: GDPR art. 21(2).
with customers as (
    select
        members.person_id,
        min(
            case
                when customers.customer_kind = 'company' then 0
                when extract(year from {{ as_of() }}) - customers.birth_year > 18 then 1
                else 0
            end
        ) as are_all_adult
    from {{ ref('int_identity__members') }} as members
    left join {{ ref('int_canonical__customers') }} as customers
        on members.identifier_value = customers.customer_id
    where members.identifier_type = 'customer_id'
    group by members.person_id
),

objectors as (
    select distinct members.person_id
    from {{ ref('int_canonical__oppositions') }} as oppositions
    inner join {{ ref('int_identity__members') }} as members
        on
            case
                when oppositions.subject_kind in ('email', 'phone', 'social_handle')
                    then oppositions.subject_kind || '_hash'
                else oppositions.subject_kind
            end = members.identifier_type
            and oppositions.subject_key = members.identifier_value
    where
        oppositions.opposition_list = 'internal'
        and coalesce(oppositions.effective_at, {{ as_of() }}) <= {{ as_of() }}
        and (oppositions.ends_at is null or oppositions.ends_at > {{ as_of() }})
),

persons as (
    select distinct person_id
    from {{ ref('int_identity__members') }}
)

select
    persons.person_id,
    customers.person_id is not null as is_customer,
    coalesce(customers.are_all_adult = 1, false) as is_known_adult
from persons
left join customers on persons.person_id = customers.person_id
left join objectors on persons.person_id = objectors.person_id
where
    objectors.person_id is null
    and (
        customers.are_all_adult = 1
        {% if var('tribes_unknown_age', 'non_customers') == 'non_customers' %}
            or customers.person_id is null
        {% endif %}
    )
