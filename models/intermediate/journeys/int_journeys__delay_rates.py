"""grain: one row per pool_id, delay_class, caller: how often a holder calls after such a delay

Runs in the driver: some hundred bytes for each call that delays are measured on.
"""

from orchestration.algorithms.call_delays import pool_rates


def model(dbt, session):
    dbt.config(materialized="table")
    return pool_rates(
        dbt.ref("int_journeys__measured_calls").to_arrow_table(),
        dbt.ref("int_journeys__delay_exposures").to_arrow_table(),
    )
