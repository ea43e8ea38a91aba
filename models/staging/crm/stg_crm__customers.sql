-- grain: one row per customer_id
select
    customer_id,
    kind as customer_kind,
    extract(year from birth_date) as birth_year,
    case
        when upper(coalesce(country, _country)) not in (
            'FR', 'FRANCE', 'GP', 'MQ', 'GF', 'RE', 'YT', 'PM', 'BL', 'MF', 'WF', 'PF', 'NC'
        ) then null
        when left(postcode, 2) in ('97', '98') then left(postcode, 3)
        else left(postcode, 2)
    end as department_code,
    -- Without a country of their own customers live where their folder says, France being the default.
    coalesce(country, nullif(_country, 'FR')) as country,
    segment,
    {{ adviser_key('adviser_id') }} as adviser_id,
    household_id,
    created_at,
    _exported_at as exported_at,
    _file_id || ':' || _line as row_id
from {{ current_rows(source('crm', 'customers'), key=['customer_id']) }} as current_state
