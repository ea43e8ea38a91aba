-- Registers of objections, kinds of results and countries of customers that no seed knows: what nobody
-- reads protects nobody.
{{ config(severity='warn') }}
select 'opposition list ' || oppositions.opposition_list as row_id
from {{ ref('int_canonical__oppositions') }} as oppositions
left join {{ ref('contact_rules') }} as rules
    on rules.rule = 'opposition_list' and {{ has_token('rules.codes', 'oppositions.opposition_list') }}
where rules.rule_id is null
union distinct
select 'lead result ' || outcomes.result as row_id
from {{ ref('int_canonical__lead_outcomes') }} as outcomes
left join {{ ref('lead_results') }} as results on {{ alias_key('outcomes.result') }} = results.result
where results.result is null
union distinct
select 'country ' || customers.country as row_id
from {{ ref('int_canonical__customers') }} as customers
left join {{ ref('calling_countries') }} as countries on upper(trim(customers.country)) = countries.alias
where customers.country is not null and countries.alias is null
