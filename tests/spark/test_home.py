"""Ledgers go to Spark and come home: what the warehouse remembers is never lost to an engine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.spark


def node(name: str, materialized: str, **types: str) -> dict[str, Any]:
    columns = {column: {"name": column, "data_type": kind} for column, kind in types.items()}
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "restricted",
        "config": {"materialized": materialized},
        "columns": columns,
    }


MANIFEST = {
    "nodes": {
        "a": node("ids_given", "incremental"),
        "b": node("never_run", "incremental"),
        "c": node("sums", "table", amount="decimal(18, 2)"),
        "d": node("shown", "view"),
    }
}


def test_ledgers_are_the_warehouse_s_and_come_back(session: Any, tmp_path: Path) -> None:
    from orchestration.spark.home import bring_home, lend_ledgers

    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create schema restricted")
        con.execute(
            "create table restricted.ids_given as "
            "select 'p1' as id, timestamp '2026-10-25 01:30:00.000001' as given_at"
        )
        con.execute("create view restricted.sums as select 1 as amount")
    session.sql("create schema if not exists restricted")
    for name in ("ids_given", "never_run"):  # what an erased or another warehouse had
        session.sql(f"drop table if exists restricted.{name}")
        session.sql(f"create table restricted.{name} as select 'gone' as id")

    assert lend_ledgers(session, tmp_path, MANIFEST) == ["restricted.ids_given"]
    assert [row.id for row in session.table("restricted.ids_given").collect()] == ["p1"]
    assert not session.catalog.tableExists("restricted.never_run")

    session.sql("insert into restricted.ids_given values ('p2', null)")
    session.sql("drop table if exists restricted.sums")
    session.sql("create table restricted.sums as select cast(2.5 as decimal(5, 1)) as amount")
    found = bring_home(session, warehouse, MANIFEST)
    assert found == {"restricted.ids_given": 2, "restricted.sums": 1}
    with duckdb.connect(str(warehouse)) as con:
        assert con.execute("from restricted.ids_given order by id").fetchall() == [
            ("p1", datetime(2026, 10, 25, 1, 30, 0, 1)),
            ("p2", None),
        ]
        kinds = con.execute("describe restricted.sums").fetchall()
        assert [kind[1] for kind in kinds] == ["DECIMAL(18,2)"]


def test_coming_home_is_all_or_nothing(session: Any, tmp_path: Path) -> None:
    from orchestration.spark.home import bring_home

    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create schema restricted")
        con.execute("create table restricted.ids_given as select 'p1' as id")
    session.sql("create schema if not exists restricted")
    for name, query in (("ids_given", "select 'p2' as id"), ("sums", "select 'many' as amount")):
        session.sql(f"drop table if exists restricted.{name}")
        session.sql(f"create table restricted.{name} as {query}")
    with pytest.raises(duckdb.ConversionException):
        bring_home(session, warehouse, MANIFEST)
    with duckdb.connect(str(warehouse)) as con:
        assert con.execute("from restricted.ids_given").fetchall() == [("p1",)]
