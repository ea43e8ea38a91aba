-- grain: one row per measure and method of forecasting (measure, method)
select
    measure,
    method,
    fold_count,
    row_count,
    mean_count,
    mean_error,
    mean_absolute_error,
    root_mean_squared_error,
    absolute_error_ratio,
    is_chosen
from {{ ref('int_contact_centre__forecast_backtests') }}
