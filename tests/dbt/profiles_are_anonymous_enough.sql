-- What is told of a profile is told of at least anonymity_minimum of them.
select
    min(profile_id) as profile_id,
    count(*) as group_count
from {{ ref('dmp_profiles') }}
group by lifecycle, is_activable, interest_band, product_id, value_band, visit_band, device_class
having count(*) < {{ var('anonymity_minimum') }} or min(group_count) <> max(group_count) or max(group_count) <> count(*)
