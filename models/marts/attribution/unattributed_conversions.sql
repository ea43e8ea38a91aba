-- grain: one row per sale that no touch has credit for, and why (conversion_id)
with history as (
    select min(touched_at) as begins_at
    from {{ ref('int_attribution__touches') }}
)

select
    conversions.conversion_id,
    conversions.product_id,
    conversions.converted_at,
    conversions.revenue_eur,
    case
        when conversions.status = 'withdrawn' then 'withdrawn'
        -- who bought on a visit that may not be linked is unknown for want of consent
        when conversions.person_id is null and not conversions.is_navigation_hidden then 'unknown_person'
        when conversions.converted_at < coalesce(history.begins_at, {{ never() }}) then 'before_history'
        when conversions.is_navigation_hidden then 'no_consent'
        else 'no_touch_in_window'
    end as reason
from {{ ref('int_journeys__conversions') }} as conversions
left join {{ ref('int_attribution__paths') }} as paths
    on {{ key_bits('conversions.conversion_id') }} = paths.conversion_key
cross join history
where paths.conversion_key is null
