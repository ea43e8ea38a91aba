-- grain: one row per contract_id, customer_id, contract_role
with contracts as (
    select * from {{ ref('stg_crm__contracts') }}
),

channels as (
    select * from {{ ref('contact_channels') }}
),

rates as (
    select * from {{ ref('int_canonical__currency_rates') }}
)

select
    contracts.contract_id,
    contracts.customer_id,
    contracts.contract_role,
    contracts.product_id,
    contracts.opened_at,
    contracts.closed_at,
    contracts.close_reason,
    cast(contracts.premium / rates.units_per_euro as decimal(18, 4)) as premium_eur,
    cast(contracts.margin / rates.units_per_euro as decimal(18, 4)) as margin_eur,
    initiated.contact_channel as initiated_channel,
    handled.contact_channel as handled_channel,
    finalised.contact_channel as finalised_channel,
    contracts.source_call_id,
    contracts.tracker_session_id
from contracts
left join rates
    on
        contracts.currency = rates.currency
        and cast(coalesce(contracts.opened_at, {{ as_of() }}) as date) >= rates.valid_from
        and cast(coalesce(contracts.opened_at, {{ as_of() }}) as date) < rates.valid_to
left join channels as initiated
    on {{ alias_key('contracts.initiated_channel') }} = initiated.alias
left join channels as handled
    on {{ alias_key('contracts.handled_channel') }} = handled.alias
left join channels as finalised
    on {{ alias_key('contracts.finalised_channel') }} = finalised.alias
