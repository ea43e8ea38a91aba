-- grain: one row per tribe_type, person_id: which tribe each person was in after the last run
--
-- A group takes the id of the tribe with which it shares more than half of what both hold (Jaccard
-- above 0.5). Groups of a type don't overlap and neither did the tribes, so at most one tribe fits a
-- group and at most one group a tribe: there are no ties. Without such a tribe the id is new.
{{ config(
    materialized='incremental',
    schema='restricted',
    alias='tribe_ledger',
    incremental_strategy='delete+insert',
    unique_key='tribe_type',
    full_refresh=false,
) }}

with memberships as (
    select
        tribe_type,
        person_id,
        first_person_id
    from {{ ref('int_identity__tribe_memberships') }}
),

groups_found as (
    select
        tribe_type,
        first_person_id,
        count(*) as member_count,
        {{ hash_key([
            'tribe_type',
            join_texts('person_id', '|', 'person_id'),
            epoch_us(as_of()),
        ]) }} as new_tribe_id
    from memberships
    group by tribe_type, first_person_id
),

{% if is_incremental() %}
    known as (
        select
            tribe_type,
            person_id,
            tribe_id,
            formed_at,
            count(*) over (partition by tribe_id) as known_count
        from {{ this }}
    ),

    kept as (
        select
            memberships.tribe_type,
            memberships.first_person_id,
            known.tribe_id,
            min(known.formed_at) as formed_at
        from memberships
        inner join known
            on memberships.tribe_type = known.tribe_type and memberships.person_id = known.person_id
        inner join groups_found
            on
                memberships.tribe_type = groups_found.tribe_type
                and memberships.first_person_id = groups_found.first_person_id
        group by
            memberships.tribe_type, memberships.first_person_id, known.tribe_id,
            groups_found.member_count, known.known_count
        -- shared / (one + other - shared) > 1 / 2, in whole numbers
        having 3 * count(*) > groups_found.member_count + known.known_count
    )
{% else %}
    kept as (
        select
            tribe_type,
            first_person_id,
            new_tribe_id as tribe_id,
            {{ as_of() }} as formed_at
        from groups_found
    )
{% endif %}

select
    memberships.tribe_type,
    memberships.person_id,
    coalesce(kept.tribe_id, groups_found.new_tribe_id) as tribe_id,
    coalesce(kept.formed_at, {{ as_of() }}) as formed_at
from memberships
inner join groups_found
    on
        memberships.tribe_type = groups_found.tribe_type
        and memberships.first_person_id = groups_found.first_person_id
left join kept
    on
        memberships.tribe_type = kept.tribe_type
        and memberships.first_person_id = kept.first_person_id
