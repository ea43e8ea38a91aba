"""grain: one row per queue, half_hour_at: agents that the target asks for (queue, half_hour_at)

Runs in the driver; half hours that are alike are worked out once.
"""

from orchestration.algorithms.staffing import staffing_table


def model(dbt, session):
    dbt.config(materialized="table")
    return staffing_table(dbt.ref("int_contact_centre__expected_load").to_arrow_table())
