-- $1: conversion_id. A sale is a contract, an order, or what an adviser noted of a lead.
with sale as (
    select contract_id, order_id
    from marts.fct_conversions
    where conversion_id = any($1)
)

select 'contract' as role, 'crm/contracts' as source, contracts.row_id
from sale
inner join staging.stg_crm__contracts as contracts on sale.contract_id = contracts.contract_id
union all
select 'order', 'crm/orders', orders.row_id
from sale
inner join staging.stg_crm__orders as orders on sale.order_id = orders.order_id
union all
select 'outcome', 'crm/lead_outcomes', outcomes.row_id
from sale
inner join staging.stg_crm__lead_outcomes as outcomes on sale.contract_id = outcomes.contract_id
