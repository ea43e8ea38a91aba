-- grain: one row per currency, valid_from
{{ config(materialized='view') }}

select
    currency,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by currency order by valid_from, rate_id),
        date '9999-12-31'
    ) as valid_to,
    units_per_euro
from (
    select
        currency,
        valid_from,
        units_per_euro,
        {{ hash_key(['currency', 'valid_from']) }} as rate_id
    from {{ ref('currency_rates') }}
) as rates
