"""grain: one row per customer_id that stands for a customer with several numbers

Pairs come from stewards, logins and linkage, strongest first; what a steward keeps apart stays
apart, whatever chain of pairs would join it. Runs in the driver: pairs, not customers, are read.
"""

import pyarrow as pa

from orchestration.algorithms.constrained_forest import join_strongest_first


def model(dbt, session):
    dbt.config(materialized="table")
    pairs = dbt.ref("int_identity__same_customers").order(
        "strength desc, customer_id_a, customer_id_b"
    )
    rows = pairs.project("customer_id_a, customer_id_b, verdict").fetchall()
    sets = join_strongest_first(
        [(a, b) for a, b, verdict in rows if verdict == "same"],
        apart=[(a, b) for a, b, verdict in rows if verdict == "different"],
    )
    merged = sorted(sets.items())
    return pa.table(
        {
            "customer_id": pa.array([customer for customer, _ in merged], pa.string()),
            "customer_set_id": pa.array([group for _, group in merged], pa.string()),
        }
    )
