-- grain: one row per candidate and fact that forbids calls for a time
-- (candidate_id, rule, rule_id, fact_id, blocked_from)
--
-- Some rules spare who asked to be called.
{{ config(materialized='view') }}
{%- set laws = ['int_e_rebond__protection_blocks', 'int_e_rebond__sector_blocks'] %}

with blocks as (
    {%- for law in laws %}
        select
            candidate_id,
            rule,
            rule_id,
            fact_id,
            blocked_from,
            blocked_to
        from {{ ref(law) }}
        union all
    {%- endfor %}
    select
        candidate_id,
        rule,
        'house' as rule_id,
        fact_id,
        blocked_from,
        blocked_to
    from {{ ref('int_e_rebond__state_blocks') }}
    union all
    select
        candidate_id,
        'permission' as rule,
        'permission' as rule_id,
        evidence as fact_id,
        blocked_from,
        blocked_to
    from {{ ref('int_e_rebond__permission_blocks') }}
)

select blocks.*
from blocks
inner join {{ ref('int_e_rebond__candidates') }} as candidates
    on blocks.candidate_id = candidates.candidate_id
inner join {{ ref('e_rebond_triggers') }} as triggers
    on candidates.trigger = triggers.trigger
inner join {{ ref('e_rebond_rules') }} as rules
    on blocks.rule = rules.rule
where
    blocks.blocked_from < blocks.blocked_to
    and not (rules.spares_requests and triggers.is_request)
