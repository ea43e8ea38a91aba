"""What goes between the warehouse and Spark's tables beside raw rows: ledgers out, results home.

A ledger (an incremental model, a snapshot) remembers what no file says: ids given, leads planned.
The warehouse's are those of record, whatever engine wrote them last.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb

from orchestration.dbt_results import layer_of
from orchestration.spark.raw_zone import write_table
from orchestration.warehouse import connect, quoted

#: Schemas that publication, lead files and the commands for people read, and what an erasure
#: looks for a person's identifiers in.
COMES_HOME = ("marts", "restricted")
MEMBERSHIPS = (
    "int_identity__members",
    "int_identity__customer_sets",
    "int_customer_360__profile_traits",
)
STAYS = "intermediate"
#: Materializations that keep what they once wrote.
LEDGERS = ("incremental", "snapshot")


def lend_ledgers(session: Any, home: Path, manifest: Mapping[str, Any], layer: str) -> list[str]:
    """Put the warehouse's ledgers of a layer in the place of Spark's; returns their names.

    Only when that layer is built: what a later one finds was made with them. One that the
    warehouse doesn't have, as before its first run, Spark has no longer either.
    """
    lent = []
    with connect(home / "warehouse.duckdb", read_only=True) as con:
        of_layer = [node for node in _ledgers(manifest) if layer_of(node) == layer]
        for schema, table in sorted(_relation(node) for node in of_layer):
            session.sql(f"drop table if exists `{schema}`.`{table}`")
            if not _kind(con, schema, table):
                continue
            folder = home / "spark" / "ledgers" / schema / table
            write_table(con, schema, table, folder)
            session.sql(f"create schema if not exists `{schema}`")
            rows = session.read.parquet(str(folder.absolute()))
            rows.write.format("parquet").mode("overwrite").saveAsTable(f"`{schema}`.`{table}`")
            lent.append(f"{schema}.{table}")
    return lent


def bring_home(session: Any, warehouse: Path, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Put Spark's tables of COMES_HOME in the place of the warehouse's; returns rows by name.

    What a run on DuckDB left of the tables that stay on Spark goes: it would be read as today's.
    All of them or none: one transaction. Types are those of the models' contracts, times UTC
    without zone. Raises WarehouseBusyError where another process has the warehouse open.
    """
    counts: dict[str, int] = {}
    with connect(warehouse) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("begin")
        for schema, table, types in _tables(session, manifest):
            relation = f"{quoted(schema)}.{quoted(table)}"
            frame = session.table(f"`{schema}`.`{table}`")
            rows = _rows(con, frame)
            con.execute(f"create schema if not exists {quoted(schema)}")
            _drop(con, schema, table)
            con.execute(f"create table {relation} as select {_typed(rows, types)} from rows")
            found = con.execute(f"select count(*) from {relation}").fetchone()
            counts[f"{schema}.{table}"] = int(found[0]) if found else 0
        for node in _models(manifest):
            schema, table = _relation(node)
            if schema == STAYS and f"{schema}.{table}" not in counts:
                _drop(con, schema, table)
        con.execute("commit")
    return counts


def _tables(
    session: Any, manifest: Mapping[str, Any]
) -> list[tuple[str, str, dict[str, str | None]]]:
    """(schema, table, types by column) of the models that are tables, sorted."""
    found = []
    for node in _models(manifest):
        schema, name = _relation(node)
        is_wanted = schema in COMES_HOME or name in MEMBERSHIPS
        is_ledger = node["config"]["materialized"] in LEDGERS
        if node["config"]["materialized"] == "view" or not (is_wanted or is_ledger):
            continue
        if session.catalog.tableExists(f"{schema}.{name}"):
            types = {column["name"]: column.get("data_type") for column in node["columns"].values()}
            found.append((schema, name, types))
    return sorted(found, key=lambda table: table[:2])


def _models(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nodes = manifest["nodes"].values()
    return [node for node in nodes if node["resource_type"] in ("model", "snapshot")]


def _ledgers(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node for node in _models(manifest) if node["config"]["materialized"] in LEDGERS]


def _relation(node: Mapping[str, Any]) -> tuple[str, str]:
    return str(node["schema"]), str(node.get("alias") or node["name"])


def _rows(con: duckdb.DuckDBPyConnection, frame: Any) -> duckdb.DuckDBPyRelation:
    """Spark's rows: its Parquet files where they are at hand and whole, else through the driver."""
    files = [urlparse(file) for file in frame.inputFiles()]
    if files and all(file.scheme == "file" for file in files):
        rows = con.read_parquet([unquote(file.path) for file in files])
        # a column that a table is partitioned by stands in its folders' names
        if set(rows.columns) == set(frame.columns):
            return rows
    return con.from_arrow(frame.toArrow())


def _typed(rows: duckdb.DuckDBPyRelation, types: Mapping[str, str | None]) -> str:
    """The columns, each as its contract types it; instants without one as UTC without zone."""
    chosen = []
    for name, kind in zip(rows.columns, map(str, rows.types), strict=True):
        wanted = types.get(name) or ("timestamp" if kind.startswith("TIMESTAMP") else kind)
        chosen.append(f"cast({quoted(name)} as {wanted}) as {quoted(name)}")
    return ", ".join(chosen)


def _drop(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    kind = _kind(con, schema, table)
    if kind:
        what = "view" if kind == "VIEW" else "table"
        con.execute(f"drop {what} {quoted(schema)}.{quoted(table)}")


def _kind(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> str | None:
    """BASE TABLE or VIEW; None where there is neither."""
    row = con.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    return str(row[0]) if row else None
