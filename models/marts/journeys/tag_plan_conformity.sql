-- grain: one row per way in which received tags break the tag plan, and place (violation_id)
with days as (
    select * from {{ ref('int_journeys__tag_days') }}
),

judged as (
    select * from {{ ref('int_journeys__planned_tags') }}
),

-- Received, and no rule in force knows it.
unplanned as (
    select
        case when judged.is_event_planned then 'unplanned_page' else 'unknown_event' end as violation,
        cast(null as varchar) as rule_id,
        days.tag_format,
        days.app_id,
        days.site,
        days.event_name,
        days.page_path,
        cast(null as varchar) as property,
        days.event_count,
        days.first_at,
        days.last_at
    from days
    inner join judged
        on
            days.shape_key = judged.shape_key
            and days.event_date = judged.event_date
    where judged.rule_id is null
),

incomplete as (
    select
        'missing_property' as violation,
        judged.rule_id,
        days.tag_format,
        days.app_id,
        days.site,
        days.event_name,
        days.page_path,
        properties.property,
        days.event_count,
        days.first_at,
        days.last_at
    from days
    inner join judged
        on
            days.shape_key = judged.shape_key
            and days.event_date = judged.event_date
    inner join {{ ref('int_journeys__planned_properties') }} as properties
        on judged.rule_id = properties.rule_id
    where not coalesce({{ has_token('days.property_names', 'properties.property') }}, false)
),

received as (
    select
        judged.rule_id,
        max(days.last_at) as last_at
    from judged
    inner join days
        on judged.shape_key = days.shape_key and judged.event_date = days.event_date
    group by judged.rule_id
),

silent as (
    select
        case when received.last_at is null then 'never_seen' else 'no_longer_seen' end as violation,
        plan.rule_id,
        plan.tag_format,
        cast(null as varchar) as app_id,
        plan.site,
        plan.event_name,
        cast(null as varchar) as page_path,
        cast(null as varchar) as property,
        cast(0 as bigint) as event_count,
        coalesce(received.last_at, cast(plan.valid_from as timestamp)) as first_at,
        {{ as_of() }} as last_at
    from {{ ref('tag_plan') }} as plan
    left join received on plan.rule_id = received.rule_id
    where
        plan.is_expected
        and plan.valid_from <= cast({{ as_of() }} as date)
        and coalesce(plan.valid_to > cast({{ as_of() }} as date), true)
        and {{ seconds_between("coalesce(received.last_at, cast(plan.valid_from as timestamp))", as_of()) }}
        > {{ var('tag_silence_days') }} * 86400
),

violations as (
    select * from unplanned
    union all
    select * from incomplete
    union all
    select * from silent
)

select
    {{ hash_key([
        'violation', 'rule_id', 'tag_format', 'app_id', 'site', 'event_name', 'page_path', 'property'
    ]) }} as violation_id,
    violation,
    rule_id,
    tag_format,
    app_id,
    site,
    event_name,
    page_path,
    property,
    cast(sum(event_count) as bigint) as event_count,
    min(first_at) as broken_since_at,
    max(last_at) as last_broken_at
from violations
group by violation, rule_id, tag_format, app_id, site, event_name, page_path, property
