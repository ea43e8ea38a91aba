"""grain: one row per model: how often it knew the next channel of other customers (model)

Runs in the driver: two hundred bytes a customer of the sample.
"""

from orchestration.algorithms.next_channels import comparison


def model(dbt, session):
    dbt.config(materialized="table")
    return comparison(
        dbt.ref("int_contact_centre__channel_examples").to_arrow_table(),
        most=int(dbt.config.get("most_customers")),
    )
