-- grain: one row per person who bought (person_id)
--
-- Sales are contracts and orders that stand. The repeat purchases of a shop's customer are days with
-- orders after the first: contracts last, and are told by survival instead. An order of less than nothing
-- gives money back: it lowers the revenue and is no purchase.
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
    where is_order and revenue_eur >= 0
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
        count(case when revenue_eur >= 0 then 1 end) as sale_count,
        max(case when revenue_eur >= 0 then converted_at end) as last_sale_at,
        sum(revenue_eur) as revenue_eur
    from sales
    group by person_id
    having count(case when revenue_eur >= 0 then 1 end) > 0
)

select
    totals.person_id,
    totals.sale_count,
    totals.last_sale_at,
    totals.revenue_eur,
    first_days.repeat_count,
    {{ seconds_between('first_days.first_date', 'first_days.last_date') }} // 86400 as recency_days,
    {{ seconds_between('first_days.first_date', as_of()) }} // 86400 as age_days,
    coalesce(repeats.repeat_value_eur, 0) as repeat_value_eur
from totals
left join first_days on totals.person_id = first_days.person_id
left join repeats on totals.person_id = repeats.person_id
