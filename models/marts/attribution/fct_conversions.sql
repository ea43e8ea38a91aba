-- grain: one row per sale (conversion_id)
select
    conversions.conversion_id,
    conversions.person_id,
    conversions.contract_id,
    conversions.order_id,
    conversions.product_id,
    conversions.converted_at,
    conversions.status,
    conversions.cancelled_at,
    conversions.revenue_eur,
    conversions.net_revenue_eur,
    conversions.margin_eur,
    roles.first_channel as initiated_channel,
    coalesce(roles.between_channel, roles.last_channel) as handled_channel,
    -- the call or the visit in which CRM concluded the sale is its end, whatever came later
    case
        when conversions.call_id is not null then 'phone'
        when conversions.session_id is not null then 'web'
        else roles.last_channel
    end as finalised_channel,
    conversions.declared_initiated_channel,
    conversions.declared_handled_channel,
    conversions.declared_finalised_channel,
    conversions.customer_id,
    conversions.call_id,
    conversions.session_id,
    coalesce(roles.touch_count, 0) as touch_count,
    coalesce(roles.web_touch_count, 0) as web_touch_count,
    coalesce(roles.phone_touch_count, 0) as phone_touch_count
from {{ ref('int_journeys__conversions') }} as conversions
left join {{ ref('int_attribution__sale_roles') }} as roles
    on {{ key_bits('conversions.conversion_id') }} = roles.conversion_key
