"""grain: one row per two customers of the CRM that may be one person (customer_id_a, customer_id_b)

Splink scores them on a DuckDB of its own, in memory; what names people is read from `restricted`
and leaves nothing behind. Runs in the driver: half a million customers take some 2 GiB.
"""

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.algorithms.record_linkage import match_people

COMPARED_AS = {"customer_id": "key", "first_name": "given_name", "last_name": "surname"}


def model(dbt, session):
    dbt.config(materialized="table")
    thresholds = dict(dbt.ref("linkage_thresholds").fetchall())
    people = dbt.ref("int_identity__compared_customers").to_arrow_table()
    names = [COMPARED_AS.get(name, name) for name in people.column_names]
    pairs = match_people(people.rename_columns(names), minimum_probability=thresholds["review"])
    is_same = pc.greater_equal(pairs["match_probability"], thresholds["same"])
    return pa.table(
        {
            "customer_id_a": pairs["key_a"],
            "customer_id_b": pairs["key_b"],
            "match_probability": pairs["match_probability"],
            "verdict": pc.if_else(is_same, "same", "review"),
            "agreement": pairs["agreement"],
        }
    )
