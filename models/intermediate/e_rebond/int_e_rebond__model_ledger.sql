-- grain: one row per version of the model that ever scored, measure and item (model_version, measure, item)
--
-- Of a version the last measures are kept; a full refresh keeps the ledger.
{{ config(
    materialized='incremental', unique_key=['model_version', 'measure', 'item'],
    incremental_strategy='delete+insert', full_refresh=false
) }}
select
    model_version,
    'leads' as measure,
    'all' as item,
    cast(lead_count as double) as measured_value,
    lead_count,
    {{ as_of() }} as measured_at
from {{ ref('int_e_rebond__trained_model') }}
union all
select
    model_version,
    'sales' as measure,
    'all' as item,
    cast(sale_count as double) as measured_value,
    lead_count,
    {{ as_of() }} as measured_at
from {{ ref('int_e_rebond__trained_model') }}
union all
select
    model_version,
    measure,
    item,
    value as measured_value,
    lead_count,
    {{ as_of() }} as measured_at
from {{ ref('int_e_rebond__model_measures') }}
