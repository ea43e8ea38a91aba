-- Years of dim_date for which the seed public_holidays has a zone missing: their calling days
-- would be wrong. Extend the seed.
select
    years.year,
    zones.zone
from (select distinct year from {{ ref('dim_date') }}) as years
cross join {{ ref('holiday_zones') }} as zones
left join {{ ref('public_holidays') }} as holidays
    on
        zones.zone = holidays.zone
        and years.year = extract(year from holidays.date)
group by years.year, zones.zone
having count(holidays.date) < 10
