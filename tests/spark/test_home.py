"""Ledgers go to Spark and come home: what the warehouse remembers is never lost to an engine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.spark


def node(name: str, materialized: str, schema: str = "restricted", **types: str) -> dict[str, Any]:
    columns = {column: {"name": column, "data_type": kind} for column, kind in types.items()}
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": schema,
        "fqn": ["passerelle", "intermediate", name],
        "config": {"materialized": materialized},
        "columns": columns,
    }


MANIFEST = {
    "nodes": {
        "a": node("ids_given", "incremental"),
        "b": node("never_run", "incremental"),
        "c": node("sums", "table", amount="decimal(18, 2)"),
        "d": node("shown", "view"),
        "e": node("int_steps", "table", "intermediate"),
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
        con.execute("create schema intermediate; create table intermediate.int_steps as select 1")
    session.sql("create schema if not exists restricted")
    for name in ("ids_given", "never_run"):  # what an erased or another warehouse had
        session.sql(f"drop table if exists restricted.{name}")
        session.sql(f"create table restricted.{name} as select 'gone' as id")

    assert lend_ledgers(session, tmp_path, MANIFEST, "marts") == []
    assert lend_ledgers(session, tmp_path, MANIFEST, "intermediate") == ["restricted.ids_given"]
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
        left = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'intermediate'"
        )
        assert left.fetchall() == []


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


def test_a_partitioned_table_comes_home_whole(session: Any, tmp_path: Path) -> None:
    from orchestration.spark.home import bring_home

    session.sql("create schema if not exists restricted")
    session.sql("drop table if exists restricted.by_month")
    frame = session.sql("select 1 as amount, 'may' as month union all select 2, 'june'")
    frame.write.partitionBy("month").saveAsTable("restricted.by_month")
    warehouse = tmp_path / "warehouse.duckdb"
    bring_home(session, warehouse, {"nodes": {"a": node("by_month", "table")}})
    with duckdb.connect(str(warehouse)) as con:
        rows = con.execute("select amount, month from restricted.by_month order by 1").fetchall()
    assert rows == [(1, "may"), (2, "june")]


def test_what_a_killed_run_left_is_removed(session: Any) -> None:
    """Spark makes no table where a folder stands that its catalogue doesn't know."""
    from orchestration.spark.session import drop_orphans

    session.sql("create schema if not exists left_over")
    session.sql("drop table if exists left_over.kept")
    session.sql("create table left_over.kept as select 1 as a")
    place = Path(session.sql("describe schema left_over").collect()[-2].info_value[5:])
    orphan = place / "half_made" / "_temporary"
    orphan.mkdir(parents=True)
    (orphan / "part").write_text("x")
    assert "left_over.half_made" in drop_orphans(session)
    session.sql("create table left_over.half_made as select 2 as a")
    assert session.table("left_over.kept").count() == 1


def test_jobs_of_some_sources_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.engines import require_whole
    from orchestration.settings import Settings, SettingsError

    monkeypatch.setenv("PASSERELLE_ENGINE", "spark")
    settings = Settings.load(as_of="2026-03-02")
    require_whole(settings, "everything")
    with pytest.raises(SettingsError, match="needs PASSERELLE_ENGINE=duckdb"):
        require_whole(settings, "e_rebond")
