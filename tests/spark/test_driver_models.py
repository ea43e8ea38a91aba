"""A Python model in Spark's driver: it reads Spark's tables as DuckDB's, and writes one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

pytestmark = pytest.mark.spark

#: As dbt compiles a Python model: the model, and an object that looks tables up.
CODE = """
      def model(dbt, session):
    seen = dbt.ref("visits")
    seen = seen.filter("visitor_id <> 'c'")
    return seen.project("visitor_id, at + interval 1 hour as at, cost * 2 as cost")

class dbtObj:
    def __init__(self, load):
        self.ref = lambda name: load(f"default.{name}")
"""


def test_a_model_reads_and_writes_tables(session: Any) -> None:
    from orchestration.spark.driver_models import DriverModel

    session.sql("drop table if exists default.visits")
    session.sql(
        "create table default.visits as select * from values "
        "('a', timestamp '2026-10-25 01:30:00.000001', cast(1.5 as decimal(18, 4))), "
        "('b', cast(null as timestamp), cast(null as decimal(18, 4))), "
        "('c', timestamp '2026-01-01 00:00:00', cast(9 as decimal(18, 4))) "
        "as v(visitor_id, at, cost)"
    )
    DriverModel({"schema": "default", "alias": "doubled"}, None).submit(CODE)
    rows = session.sql("select * from default.doubled order by visitor_id").collect()
    assert [(r.visitor_id, r.at, None if r.cost is None else float(r.cost)) for r in rows] == [
        ("a", datetime(2026, 10, 25, 2, 30, 0, 1), 3.0),
        ("b", None, None),
    ]
    assert dict(session.table("default.doubled").dtypes)["at"] == "timestamp"


def test_what_is_no_table_is_refused() -> None:
    from orchestration.spark.driver_models import as_arrow

    with pytest.raises(TypeError, match="neither a relation nor a table"):
        as_arrow([1, 2])
