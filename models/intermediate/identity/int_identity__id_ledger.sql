-- grain: one row per member that was ever somebody's (member_id): the person's lasting id
--
-- A person keeps the id while any of its members lives. Of persons that turn out to be one the
-- oldest id stays; of a person that turns out to be several, the part with the customer, else the
-- largest, keeps it. Only what changed is written; a full refresh keeps the ledger.
{{ config(
    materialized='incremental', schema='restricted', alias='id_ledger', full_refresh=false,
    unique_key='member_id', incremental_strategy='delete+insert'
) }}
with members as (
    select
        member_id,
        min(cluster_id) as cluster_id,
        max(case when identifier_type = 'customer_id' then 1 else 0 end) as is_customer
    from {{ ref('int_identity__placements') }}
    group by member_id
),

known as (
    {% if is_incremental() %}
        select
            member_id,
            person_id,
            person_created_at
        from {{ this }}
    {% else %}
        select
            cast(null as bigint) as member_id,
            cast(null as varchar) as person_id,
            cast(null as timestamp) as person_created_at
        where 1 = 0
    {% endif %}
),

votes as (
    select
        members.cluster_id,
        known.person_id,
        max(members.is_customer) as has_customer,
        count(*) as member_count,
        min(known.person_created_at) as person_created_at
    from members
    inner join known
        on members.member_id = known.member_id
    group by members.cluster_id, known.person_id
),

heirs as (
    select *
    from votes
    qualify
        row_number() over (
            partition by person_id
            order by has_customer desc, member_count desc, cluster_id asc
        ) = 1
),

kept as (
    select *
    from heirs
    qualify
        row_number() over (
            partition by cluster_id
            order by person_created_at, person_id
        ) = 1
),

-- The id that a part leaves behind belongs to the name of its new one: a cluster may part twice.
left_behind as (
    select
        cluster_id,
        max(person_id) as person_id
    from votes
    group by cluster_id
),

assigned as (
    select
        members.member_id,
        coalesce(
            kept.person_id,
            {{ hash_key(["'person'", 'members.cluster_id', epoch_us(as_of()), 'left_behind.person_id']) }}
        ) as person_id,
        coalesce(kept.person_created_at, {{ as_of() }}) as person_created_at
    from members
    left join kept
        on members.cluster_id = kept.cluster_id
    left join left_behind
        on members.cluster_id = left_behind.cluster_id
)

select
    assigned.member_id,
    assigned.person_id,
    assigned.person_created_at,
    known.person_id as previous_person_id,
    {{ as_of() }} as changed_at
from assigned
left join known
    on assigned.member_id = known.member_id
where known.person_id is null or known.person_id <> assigned.person_id
