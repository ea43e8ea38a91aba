"""A Python model in Spark's driver: it reads Spark's tables as DuckDB's, and writes one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.spark

#: As dbt compiles a Python model: the model, and an object that looks tables up.
CODE = """
      def model(dbt, session):
    seen = dbt.ref("visits")
    seen = seen.filter("visitor_id <> 'c'")
    return seen.project("visitor_id, seen_at + interval 1 hour as seen_at, cost * 2 as cost")

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
        "as v(visitor_id, seen_at, cost)"
    )
    DriverModel({"schema": "default", "alias": "doubled"}, None).submit(CODE)
    rows = session.sql("select * from default.doubled order by visitor_id").collect()
    assert [(r.visitor_id, r.seen_at, None if r.cost is None else float(r.cost)) for r in rows] == [
        ("a", datetime(2026, 10, 25, 2, 30, 0, 1), 3.0),
        ("b", None, None),
    ]
    assert dict(session.table("default.doubled").dtypes)["seen_at"] == "timestamp"


def test_what_is_no_table_is_refused() -> None:
    from orchestration.spark.driver_models import as_arrow

    with pytest.raises(TypeError, match="neither a relation nor a table"):
        as_arrow([1, 2])


def test_the_word_null_in_a_seed_is_a_word(tmp_path: Path) -> None:
    """As DuckDB reads it: some tags send `null` for nobody, and a seed lists it."""
    from dbt_common.clients.agate_helper import from_csv

    from orchestration.spark.driver_models import install

    install()
    install()
    (tmp_path / "seed.csv").write_text("kind,value\nvisitor_id,null\nvisitor_id,\n")
    table = from_csv(str(tmp_path / "seed.csv"), text_columns=["kind", "value"])
    assert [row["value"] for row in table.rows] == ["null", None]
