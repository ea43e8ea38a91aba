-- grain: one row per contact and two identifiers that it names: the strongest one with each other one
with contacts as (
    select
        contacts.contact_id,
        contacts.occurred_at as observed_at,
        contacts.customer_id,
        contacts.email_hash,
        contacts.phone_hash,
        visitors.visitor_id
    from {{ ref('int_canonical__contacts') }} as contacts
    left join {{ ref('int_identity__linkable_visitors') }} as visitors
        on
            contacts.visitor_id = visitors.visitor_id
            and contacts.occurred_at >= visitors.linkable_from
            and contacts.occurred_at < visitors.linkable_to
),

named as (
    select
        contact_id,
        observed_at,
        case
            when customer_id is not null then 'customer_id'
            when email_hash is not null then 'email_hash'
            else 'phone_hash'
        end as left_type,
        coalesce(customer_id, email_hash, phone_hash) as left_value,
        case when customer_id is not null then email_hash end as other_email_hash,
        case when coalesce(customer_id, email_hash) is not null then phone_hash end as other_phone_hash,
        visitor_id
    from contacts
    where coalesce(customer_id, email_hash, phone_hash) is not null
)

{% for right_type, column, method in [
    ('email_hash', 'other_email_hash', 'contact'),
    ('phone_hash', 'other_phone_hash', 'contact'),
    ('visitor_id', 'visitor_id', 'contact_visitor'),
] %}
    select
        contact_id,
        left_type,
        left_value,
        '{{ right_type }}' as right_type,
        {{ column }} as right_value,
        '{{ method }}' as method,
        observed_at
    from named
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
{% endfor %}
