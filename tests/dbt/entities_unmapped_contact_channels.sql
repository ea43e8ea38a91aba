-- Channels that the seed contact_channels lacks: their contacts have no channel until it is added.
{{ config(severity='warn') }}

with delivered as (
    select
        'surveys/flat' as delivered_by,
        channel
    from {{ ref('stg_surveys__flat') }}
    union all
    select
        'surveys/' || source_format as delivered_by,
        channel
    from {{ ref('int_canonical__survey_answers') }}
    union all
    select
        'crm/contacts' as delivered_by,
        contact_type as channel
    from {{ ref('stg_crm__contacts') }}
    union all
    select
        'crm/cases' as delivered_by,
        channel
    from {{ ref('stg_crm__cases') }}
    union all
    select
        'crm/contracts' as delivered_by,
        initiated_channel as channel
    from {{ ref('stg_crm__contracts') }}
    union all
    select
        'crm/contracts' as delivered_by,
        handled_channel as channel
    from {{ ref('stg_crm__contracts') }}
    union all
    select
        'crm/contracts' as delivered_by,
        finalised_channel as channel
    from {{ ref('stg_crm__contracts') }}
)

select
    delivered.delivered_by,
    delivered.channel,
    count(*) as row_count
from delivered
left join {{ ref('contact_channels') }} as channels
    on {{ alias_key('delivered.channel') }} = channels.alias
where delivered.channel is not null and channels.alias is null
group by delivered.delivered_by, delivered.channel
