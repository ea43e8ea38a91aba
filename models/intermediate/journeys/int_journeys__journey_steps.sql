-- grain: one row per contact of a person on the way to a sale, or on no way yet (interaction_id)
--
-- A contact belongs to the person's next sale, else to the open journey that ends at the run's clock;
-- orders and payments are the sale itself. The window carries integers only.
with contacts as (
    select
        interaction_id,
        {{ narrow_hash(['person_id']) }} as person_key,
        {{ epoch_us('occurred_at') }} as occurred_us
    from {{ ref('int_journeys__interactions') }}
    where person_id is not null and source not in ('order', 'payment', 'delivery') and occurred_at <= {{ as_of() }}
),

timeline as (
    select
        person_key,
        occurred_us,
        {{ key_bits('interaction_id') }} as step_key,
        false as is_sale
    from contacts
    union all
    select
        {{ narrow_hash(['person_id']) }} as person_key,
        {{ epoch_us('converted_at') }} as occurred_us,
        {{ key_bits('conversion_id') }} as step_key,
        true as is_sale
    from {{ ref('int_journeys__conversions') }}
    where person_id is not null and converted_at is not null and converted_at <= {{ as_of() }}
),

followed as (
    select
        step_key,
        is_sale,
        min(case when is_sale then occurred_us end) over (
            partition by person_key order by occurred_us, is_sale, step_key
            rows between current row and unbounded following
        ) as sale_us
    from timeline
)

select
    contacts.interaction_id,
    contacts.person_key,
    contacts.occurred_us,
    followed.sale_us,
    {{ narrow_hash(['contacts.person_key', 'followed.sale_us']) }} as journey_key
from contacts
inner join followed
    on {{ key_bits('contacts.interaction_id') }} = followed.step_key and not followed.is_sale
where
    coalesce(followed.sale_us, {{ epoch_us(as_of()) }}) - contacts.occurred_us
    <= {{ var('journey_days') }} * 86400000000
