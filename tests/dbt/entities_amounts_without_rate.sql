-- Amounts that no rate of currency_rates turns into EUR: they would be missing from every sum.
select
    'crm/contracts' as delivered_by,
    source_rows.currency,
    count(*) as row_count
from {{ ref('stg_crm__contracts') }} as source_rows
inner join {{ ref('int_canonical__contracts') }} as canonical
    on
        source_rows.contract_id = canonical.contract_id
        and source_rows.customer_id = canonical.customer_id
        and source_rows.contract_role = canonical.contract_role
where
    (source_rows.premium is not null and canonical.premium_eur is null)
    or (source_rows.margin is not null and canonical.margin_eur is null)
group by source_rows.currency
union all
select
    'crm/orders' as delivered_by,
    source_rows.currency,
    count(*) as row_count
from {{ ref('stg_crm__orders') }} as source_rows
inner join {{ ref('int_canonical__orders') }} as canonical
    on source_rows.order_id = canonical.order_id
where source_rows.amount is not null and canonical.amount_eur is null
group by source_rows.currency
union all
select
    'ad_spend/flat' as delivered_by,
    source_rows.currency,
    count(*) as row_count
from {{ ref('stg_ad_spend__flat') }} as source_rows
inner join {{ ref('int_canonical__ad_spend') }} as canonical
    on source_rows.ad_spend_id = canonical.ad_spend_id
where source_rows.cost is not null and canonical.cost_eur is null
group by source_rows.currency
union all
select
    'ad_spend/' || source_rows.source_format as delivered_by,
    source_rows.currency,
    count(*) as row_count
from {{ ref('int_canonical__platform_spend') }} as source_rows
inner join {{ ref('int_canonical__ad_spend') }} as canonical
    on source_rows.ad_spend_id = canonical.ad_spend_id
where source_rows.cost is not null and canonical.cost_eur is null
group by source_rows.source_format, source_rows.currency
union all
select
    'crm/costs' as delivered_by,
    costs.currency,
    count(*) as row_count
from {{ ref('stg_crm__costs') }} as costs
left join {{ ref('int_canonical__currency_rates') }} as rates
    on
        costs.currency = rates.currency
        and costs.cost_month >= rates.valid_from
        and costs.cost_month < rates.valid_to
where rates.currency is null
group by costs.currency
