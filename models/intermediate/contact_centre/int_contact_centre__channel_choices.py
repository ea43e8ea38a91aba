"""grain: one row per customer who began a contact: the channel of their next one (person_id)

Runs in the driver: three hundred bytes a customer.
"""

from orchestration.algorithms.next_channels import choices


def model(dbt, session):
    dbt.config(materialized="table")
    return choices(
        dbt.ref("int_contact_centre__channel_examples").to_arrow_table(),
        most=int(dbt.config.get("most_customers")),
    )
