-- grain: one row per rule of the tag plan and property that it asks for (rule_id, property)
with properties as (
    select
        rule_id,
        {{ explode_list(split_list('required_properties')) }} as property
    from {{ ref('tag_plan') }}
    where required_properties is not null
)

select distinct
    rule_id,
    trim(property) as property
from properties
where trim(property) <> ''
