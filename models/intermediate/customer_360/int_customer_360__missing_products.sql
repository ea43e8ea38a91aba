-- grain: one row per person who lacks a reviewed companion of a product that they hold (person_id)
--
-- Of several the one that most holders of theirs hold as well. Only relations that a person reviewed.
with held as (
    select distinct
        person_id,
        product_id
    from {{ ref('int_customer_360__contract_values') }}
),

companions as (
    select
        relations.product_id,
        relations.related_product_id,
        count(others.person_id) / cast(count(*) as double) as joint_rate
    from {{ ref('int_canonical__product_relations') }} as relations
    inner join held on relations.product_id = held.product_id
    left join held as others
        on held.person_id = others.person_id and relations.related_product_id = others.product_id
    where relations.has_reviewer
    group by relations.product_id, relations.related_product_id
),

ranked as (
    select
        product_id,
        related_product_id,
        row_number() over (order by joint_rate desc, related_product_id asc, product_id asc) as place
    from companions
),

best as (
    select
        held.person_id,
        min(ranked.place) as place
    from held
    inner join ranked on held.product_id = ranked.product_id
    left join held as others
        on held.person_id = others.person_id and ranked.related_product_id = others.product_id
    where others.person_id is null
    group by held.person_id
)

select
    best.person_id,
    ranked.related_product_id as product_id
from best
inner join ranked on best.place = ranked.place
