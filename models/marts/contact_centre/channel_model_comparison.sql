-- grain: one row per model of the next channel (model)
select
    model,
    example_count,
    correct_count,
    accuracy_rate,
    accuracy_low,
    accuracy_high,
    log_loss,
    accuracy_difference,
    difference_low,
    difference_high,
    verdict,
    is_chosen
from {{ ref('int_contact_centre__channel_comparison') }}
