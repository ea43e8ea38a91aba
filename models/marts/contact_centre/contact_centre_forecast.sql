-- grain: one row per measure, queue and half hour to come (measure, queue, half_hour_at)
select
    measure,
    series as queue,
    {{ timestamp_from_us('slot * 1800000000') }} as half_hour_at,
    expected_count,
    low_count,
    high_count,
    model_count,
    naive_count,
    method
from {{ ref('int_contact_centre__forecasts') }}
