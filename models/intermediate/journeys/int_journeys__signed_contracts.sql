-- grain: one row per contract that was opened, with the holder who signed it (contract_id)
--
-- Co-holders and drivers bought nothing of their own. A contract that is to end is in force until then.
{%- set zone = "'" ~ var('business_time_zone') ~ "'" %}
with holders as (
    select
        contract_id,
        customer_id,
        product_id,
        opened_at,
        close_reason,
        premium_eur,
        margin_eur,
        initiated_channel,
        handled_channel,
        finalised_channel,
        source_call_id,
        tracker_session_id,
        case when closed_at <= {{ as_of() }} then closed_at end as closed_at
    from {{ ref('int_canonical__contracts') }}
    where contract_role = 'holder' and opened_at is not null
    qualify row_number() over (partition by contract_id order by opened_at, customer_id) = 1
)

select
    holders.contract_id,
    holders.customer_id,
    members.person_id,
    holders.product_id,
    holders.opened_at,
    holders.closed_at,
    case
        when closings.status is not null then closings.status
        -- a closing without a known reason counts by how soon it came; the period runs to the end of its last day
        when
            cast({{ utc_to_local('holders.closed_at', zone) }} as date)
            <= {{ add_days(utc_to_local('holders.opened_at', zone), 'terms.withdrawal_days') }}
            then 'withdrawn'
        else 'signed'
    end as status,
    holders.premium_eur,
    holders.margin_eur,
    holders.initiated_channel,
    holders.handled_channel,
    holders.finalised_channel,
    holders.source_call_id,
    holders.tracker_session_id
from holders
inner join {{ ref('int_journeys__product_terms') }} as terms
    on coalesce(holders.product_id, 'none') = terms.product_id
left join {{ ref('conversion_statuses') }} as closings
    on
        closings.source = 'closing'
        and case when holders.closed_at is not null then {{ alias_key('holders.close_reason') }} end = closings.code
left join {{ ref('int_identity__members') }} as members
    on members.identifier_type = 'customer_id' and holders.customer_id = members.identifier_value
