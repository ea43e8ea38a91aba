"""grain: one row per pool_id, delay_class: calls an hour that a holder after such a delay makes

Runs in the driver: one row per distinct trail, some hundred bytes each.
"""

from orchestration.algorithms.call_delays import pool_rates


def model(dbt, session):
    dbt.config(materialized="table")
    return pool_rates(
        dbt.ref("int_journeys__trail_counts").to_arrow_table(),
        dbt.ref("int_journeys__delay_exposures").to_arrow_table(),
    )
