"""grain: one row per measure, series, slot: what is expected of each half hour to come

Runs in the driver, as the backtests do.
"""

from orchestration.algorithms.forecasts import forecast_table


def model(dbt, session):
    dbt.config(materialized="table")
    return forecast_table(
        dbt.ref("int_contact_centre__forecast_slots").to_arrow_table(),
        dbt.ref("int_contact_centre__forecast_backtests").to_arrow_table(),
    )
