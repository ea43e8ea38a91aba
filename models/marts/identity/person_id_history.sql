-- grain: one row per event in the life of a person's id (person_id, event, other_person_id, at)
--
-- What happened in this run, added to what is known; a full refresh keeps it.
{{ config(
    materialized='incremental', full_refresh=false, incremental_strategy='append', on_schema_change='fail'
) }}
with changes as (
    select
        person_id,
        previous_person_id,
        person_created_at,
        changed_at
    from {{ ref('int_identity__id_ledger') }}
    where changed_at = {{ as_of() }}
),

living as (
    select person_id
    from {{ ref('int_identity__persons') }}
),

-- Persons that had gone into another one: a split gives such an id back.
gone as (
    {% if is_incremental() %}
        select person_id
        from {{ this }}
        where event in ('merged_into', 'split_from')
        qualify
            row_number() over (
                partition by person_id
                order by {{ adapter.quote('at') }} desc, event desc, other_person_id asc
            ) = 1
            and event = 'merged_into'
    {% else %}
        select cast(null as varchar) as person_id
        where 1 = 0
    {% endif %}
),

moves as (
    select
        changes.previous_person_id,
        changes.person_id,
        count(*) as member_count,
        max(changes.person_created_at) as person_created_at
    from changes
    where changes.previous_person_id is not null
    group by changes.previous_person_id, changes.person_id
),

events as (
    select distinct
        changes.person_id,
        'created' as event,
        cast(null as varchar) as other_person_id
    from changes
    inner join living
        on changes.person_id = living.person_id
    where changes.person_created_at = {{ as_of() }}
    union all
    select
        moves.previous_person_id as person_id,
        'merged_into' as event,
        moves.person_id as other_person_id
    from moves
    left join living
        on moves.previous_person_id = living.person_id
    where living.person_id is null
    qualify
        row_number() over (
            partition by moves.previous_person_id
            order by moves.member_count desc, moves.person_id asc
        ) = 1
    union all
    select
        moves.person_id,
        'split_from' as event,
        moves.previous_person_id as other_person_id
    from moves
    inner join living
        on moves.previous_person_id = living.person_id
    left join gone
        on moves.person_id = gone.person_id
    where moves.person_created_at = {{ as_of() }} or gone.person_id is not null
)

select
    events.person_id,
    events.event,
    events.other_person_id,
    {{ as_of() }} as {{ adapter.quote('at') }}
from events
{% if is_incremental() %}
    left join {{ this }} as told
        on
            events.person_id = told.person_id
            and events.event = told.event
            and coalesce(events.other_person_id, '') = coalesce(told.other_person_id, '')
            and told.{{ adapter.quote('at') }} = {{ as_of() }}
    where told.person_id is null
{% endif %}
