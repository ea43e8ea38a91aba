-- grain: one row per person with a contract, alone or with others (person_id)
--
-- Products count for whoever is on the contract; premium and value are the holder's alone.
with held as (
    select distinct
        customers.person_id,
        contracts.contract_id,
        contracts.product_id,
        contracts.contract_role,
        contracts.opened_at,
        coalesce(contracts.closed_at, {{ never() }}) > {{ as_of() }} as is_running,
        case when contracts.contract_role = 'holder' then contracts.premium_eur end as premium_eur
    from {{ ref('int_canonical__contracts') }} as contracts
    inner join {{ ref('int_identity__link_customers') }} as customers
        on contracts.customer_id = customers.customer_id
    where contracts.opened_at <= {{ as_of() }}
),

product_lists as (
    select
        person_id,
        count(*) as product_count,
        {{ join_texts('product_id', '|', 'product_id') }} as products
    from (
        select distinct
            person_id,
            product_id
        from held
        where is_running and product_id is not null
    ) as different
    group by person_id
),

values_held as (
    select
        person_id,
        max(churn_rate) as churn_rate,
        sum(year_value_eur) as year_value_eur,
        sum(lifetime_value_eur) as lifetime_value_eur
    from {{ ref('int_customer_360__contract_values') }}
    group by person_id
)

select
    held.person_id,
    count(distinct case when held.is_running then held.contract_id end) as contract_count,
    count(distinct case when not held.is_running then held.contract_id end) as closed_contract_count,
    coalesce(max(product_lists.product_count), 0) as product_count,
    max(product_lists.products) as products,
    coalesce(sum(case when held.is_running then held.premium_eur end), 0) as premium_eur,
    min(held.opened_at) as customer_since_at,
    max(values_held.churn_rate) as churn_rate,
    max(values_held.year_value_eur) as year_value_eur,
    max(values_held.lifetime_value_eur) as lifetime_value_eur
from held
left join product_lists on held.person_id = product_lists.person_id
left join values_held on held.person_id = values_held.person_id
group by held.person_id
