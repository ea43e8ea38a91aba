-- grain: one row per month, channel, dimension and value (month, contact_channel, dimension, dimension_value)
--
-- What answered contacts were about, what was done, in which language and for whom.
with answered as (
    select
        month,
        contact_channel,
        coalesce(reason_code, 'unknown') as reason,
        coalesce(result_code, 'unknown') as result,
        coalesce(language, 'unknown') as language,
        value_band,
        handling_seconds
    from {{ ref('int_contact_centre__valued_contacts') }}
    where is_answered
),

parts as (
    {% for dimension in ['reason', 'result', 'language', 'value_band'] -%}
        select
            month,
            contact_channel,
            '{{ dimension }}' as dimension,
            {{ dimension }} as dimension_value,
            count(*) as contact_count,
            cast(coalesce(sum(handling_seconds), 0) as bigint) as handling_seconds,
            count(*) filter (where value_band = 'high') as high_value_count
        from answered
        group by 1, 2, 4
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    month,
    contact_channel,
    dimension,
    dimension_value,
    contact_count,
    handling_seconds,
    high_value_count,
    cast(contact_count as double) / sum(contact_count) over (partition by month, contact_channel, dimension)
        as contact_rate,
    cast(handling_seconds as double)
    / nullif(sum(handling_seconds) over (partition by month, contact_channel, dimension), 0) as handling_rate
from parts
