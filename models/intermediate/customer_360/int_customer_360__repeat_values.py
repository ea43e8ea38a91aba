"""grain: one row per person with an order: what they should still buy (person_id)

Runs in the driver: a fit costs by kinds of customers, a forecast some microseconds a person.
"""

from orchestration.algorithms.repeat_values import repeat_values


def model(dbt, session):
    dbt.config(materialized="table")
    return repeat_values(
        dbt.ref("int_customer_360__buyers").filter("repeat_count is not null").to_arrow_table(),
        least_repeats=int(dbt.config.get("least_repeats")),
        lifetime_months=int(dbt.config.get("lifetime_months")),
        discount_rate=float(dbt.config.get("discount_rate")),
    )
