"""grain: one row per funnel, from_step: service level of inbound calls beside such leads

Runs in the driver: a few rows.
"""

from orchestration.algorithms.lead_scenarios import service_table


def model(dbt, session):
    dbt.config(materialized="table")
    return service_table(
        dbt.ref("int_e_rebond__calling_hours_load").to_arrow_table(),
        dbt.ref("int_e_rebond__threshold_loads").to_arrow_table(),
    )
