-- Spend of the last 30 days in a currency whose last rate is older than 400 days.
{{ config(severity='warn') }}

select
    ad_spend.currency,
    max(rates.valid_from) as rate_of,
    count(*) as row_count
from (
    select
        currency,
        spend_date
    from {{ ref('stg_ad_spend__flat') }}
    union all
    select
        currency,
        spend_date
    from {{ ref('int_canonical__platform_spend') }}
) as ad_spend
inner join {{ ref('int_canonical__currency_rates') }} as rates
    on
        ad_spend.currency = rates.currency
        and ad_spend.spend_date >= rates.valid_from
        and ad_spend.spend_date < rates.valid_to
where
    ad_spend.currency <> 'EUR'
    and ad_spend.spend_date > {{ add_days(as_of(), -30) }}
    and rates.valid_from < {{ add_days(as_of(), -400) }}
group by ad_spend.currency
