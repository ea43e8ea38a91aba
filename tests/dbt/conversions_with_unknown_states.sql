-- States of orders and reasons of closing that the seed conversion_statuses lacks: until they are
-- added, such an order counts as applied and such a closing by how soon it came.
{{ config(severity='warn', meta={'owner': 'crm_office'}) }}

with delivered as (
    select
        'order' as source,
        order_status as code
    from {{ ref('int_canonical__orders') }}
    union all
    select
        'closing' as source,
        close_reason as code
    from {{ ref('int_canonical__contracts') }}
)

select
    delivered.source,
    delivered.code,
    count(*) as row_count
from delivered
left join {{ ref('conversion_statuses') }} as statuses
    on delivered.source = statuses.source and {{ alias_key('delivered.code') }} = statuses.code
where delivered.code is not null and statuses.code is null
group by delivered.source, delivered.code
