"""grain: one row per measure, method: how far each method was off on weeks that it hadn't seen

Runs in the driver: a hundred bytes for each half hour of a series.
"""

from orchestration.algorithms.forecasts import backtest_table


def model(dbt, session):
    dbt.config(materialized="table")
    return backtest_table(dbt.ref("int_contact_centre__forecast_slots").to_arrow_table())
