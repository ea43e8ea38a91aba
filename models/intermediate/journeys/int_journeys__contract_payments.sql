-- grain: one row per contract and the order that paid it (contract_id)
--
-- Contracts are steps up and orders steps down on one line of time. Over each height the two take turns,
-- so that a contract need only be held against the orders next to it there, before and after. Neighbours
-- too far apart in time cut such a row into runs. A run of even length pairs off completely; of one of
-- odd length that one stays alone without which the pairs are nearest.
with contracts as (
    select
        contracts.contract_id,
        contracts.person_id,
        contracts.product_id,
        contracts.opened_at,
        terms.first_payment_days * cast(86400000000 as bigint) as limit_us
    from {{ ref('int_journeys__signed_contracts') }} as contracts
    inner join {{ ref('int_journeys__product_terms') }} as terms
        on contracts.product_id = terms.product_id
    where contracts.person_id is not null
),

-- An order given up paid nothing, one of less than nothing gave back.
orders as (
    select
        order_id,
        person_id,
        product_id,
        ordered_at
    from {{ ref('int_journeys__order_persons') }}
    where person_id is not null and product_id is not null and status <> 'withdrawn' and coalesce(amount_eur, 0) >= 0
),

buyers as (
    select distinct
        contracts.person_id,
        contracts.product_id,
        contracts.limit_us
    from contracts
    inner join orders
        on contracts.person_id = orders.person_id and contracts.product_id = orders.product_id
),

timeline as (
    select
        {{ narrow_hash(['buyers.person_id', 'buyers.product_id']) }} as buyer_key,
        buyers.limit_us,
        {{ epoch_us('contracts.opened_at') }} as occurred_us,
        1 as step,
        contracts.contract_id as event_id
    from contracts
    inner join buyers
        on contracts.person_id = buyers.person_id and contracts.product_id = buyers.product_id
    union all
    select
        {{ narrow_hash(['buyers.person_id', 'buyers.product_id']) }} as buyer_key,
        buyers.limit_us,
        {{ epoch_us('orders.ordered_at') }} as occurred_us,
        -1 as step,
        orders.order_id as event_id
    from orders
    inner join buyers
        on orders.person_id = buyers.person_id and orders.product_id = buyers.product_id
),

-- A step between two heights is named by the upper one.
climbed as (
    select
        *,
        sum(step) over (
            partition by buyer_key order by occurred_us asc, step desc, event_id asc
            rows between unbounded preceding and current row
        ) + case when step = 1 then 0 else 1 end as height
    from timeline
),

neighbours as (
    select
        *,
        occurred_us - lag(occurred_us) over (
            partition by buyer_key, height order by occurred_us asc, step desc, event_id asc
        ) as gap_us
    from climbed
),

runs as (
    select
        *,
        sum(case when gap_us <= limit_us then 0 else 1 end) over (
            partition by buyer_key, height order by occurred_us asc, step desc, event_id asc
            rows between unbounded preceding and current row
        ) as run
    from neighbours
),

numbered as (
    select
        *,
        row_number() over (
            partition by buyer_key, height, run order by occurred_us asc, step desc, event_id asc
        ) as place,
        count(*) over (partition by buyer_key, height, run) as run_length
    from runs
),

-- What leaving out a place costs, but for what is the same of every place of the run: the gaps that its
-- pairs before it span, less those that they don't.
weighed as (
    select
        *,
        coalesce(sum(case when place = 1 then 0 when place % 2 = 0 then gap_us else -gap_us end) over (
            partition by buyer_key, height, run order by occurred_us asc, step desc, event_id asc
            rows between unbounded preceding and current row
        ), 0) as cost_us
    from numbered
),

ranked as (
    select
        *,
        row_number() over (
            partition by buyer_key, height, run
            order by place % 2 desc, cost_us asc, occurred_us desc, step asc, event_id desc
        ) as rank_alone
    from weighed
),

paired as (
    select
        *,
        case
            when run_length % 2 = 0 then run_length + 1
            else max(case when rank_alone = 1 then place end) over (partition by buyer_key, height, run)
        end as place_alone
    from ranked
)

select
    max(case when step = 1 then event_id end) as contract_id,
    max(case when step = -1 then event_id end) as order_id
from paired
where place <> place_alone
group by buyer_key, height, run, (place + case when place < place_alone then 1 else 0 end) // 2
