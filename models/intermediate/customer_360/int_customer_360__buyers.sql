-- grain: one row per person who bought (person_id)
--
-- Sales are contracts and orders that stand. The repeat purchases of a shop's customer are days with
-- orders after the first: contracts last, and are told by survival instead. What was given back lowers the
-- net revenue of its sale, or the person's where no sale is known for it.
with sales as (
    select
        person_id,
        order_id is not null and contract_id is null as is_order,
        converted_at,
        cast(date_trunc('day', converted_at) as date) as sold_date,
        coalesce(net_revenue_eur, 0) as revenue_eur
    from {{ ref('int_journeys__conversions') }}
    where
        person_id is not null
        and status in ('accepted', 'signed')
        and converted_at <= {{ as_of() }}
),

order_days as (
    select
        person_id,
        sold_date,
        sum(revenue_eur) as revenue_eur
    from sales
    where is_order
    group by person_id, sold_date
),

first_days as (
    select
        person_id,
        min(sold_date) as first_date,
        max(sold_date) as last_date,
        count(*) - 1 as repeat_count
    from order_days
    group by person_id
),

repeats as (
    select
        order_days.person_id,
        sum(order_days.revenue_eur) / count(*) as repeat_value_eur
    from order_days
    inner join first_days
        on order_days.person_id = first_days.person_id and order_days.sold_date > first_days.first_date
    group by order_days.person_id
),

totals as (
    select
        person_id,
        count(*) as sale_count,
        max(converted_at) as last_sale_at,
        sum(revenue_eur) as revenue_eur
    from sales
    group by person_id
),

given_back as (
    select
        person_id,
        sum(amount_eur) as amount_eur
    from {{ ref('int_journeys__refunds') }}
    where sale_contract_id is null and sale_order_id is null
    group by person_id
)

select
    totals.person_id,
    totals.sale_count,
    totals.last_sale_at,
    totals.revenue_eur + coalesce(given_back.amount_eur, 0) as revenue_eur,
    first_days.repeat_count,
    {{ seconds_between('first_days.first_date', 'first_days.last_date') }} // 86400 as recency_days,
    {{ seconds_between('first_days.first_date', as_of()) }} // 86400 as age_days,
    coalesce(repeats.repeat_value_eur, 0) as repeat_value_eur
from totals
left join first_days on totals.person_id = first_days.person_id
left join repeats on totals.person_id = repeats.person_id
left join given_back on totals.person_id = given_back.person_id
