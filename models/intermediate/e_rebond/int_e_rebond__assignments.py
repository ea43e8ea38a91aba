"""grain: one row per candidate_id that is given a slot: whose, and which part of it is lawful

Runs in the driver: 100,000 candidates take seconds and 100 MB.
"""

from orchestration.algorithms.call_slots import assign


def model(dbt, session):
    dbt.config(materialized="table")
    return assign(
        dbt.ref("int_e_rebond__callable_leads").to_arrow_table(),
        dbt.ref("int_e_rebond__free_capacity").to_arrow_table(),
        least_minutes=int(dbt.config.get("least_minutes")),
    )
