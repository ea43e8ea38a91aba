-- grain: one row per customer_id, life_event_kind, occurred_date
{{ config(materialized='view') }}

select
    customer_id,
    life_event_kind,
    occurred_date,
    source
from {{ ref('stg_crm__life_events') }}
