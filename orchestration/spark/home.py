"""What Spark built and people read, copied into the warehouse: marts and ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb

from orchestration.warehouse import connect, quoted

#: Schemas that publication, lead files and the commands for people read.
COMES_HOME = ("marts", "restricted")


def bring_home(session: Any, warehouse: Path, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Put Spark's tables of COMES_HOME in the place of the warehouse's; returns rows by name.

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
        con.execute("commit")
    return counts


def _tables(
    session: Any, manifest: Mapping[str, Any]
) -> list[tuple[str, str, dict[str, str | None]]]:
    """(schema, table, types by column) of the models that are tables, sorted."""
    found = []
    for node in manifest["nodes"].values():
        name = node.get("alias") or node["name"]
        if node["resource_type"] not in ("model", "snapshot") or node["schema"] not in COMES_HOME:
            continue
        if node["config"]["materialized"] == "view":
            continue
        if session.catalog.tableExists(f"{node['schema']}.{name}"):
            types = {column["name"]: column.get("data_type") for column in node["columns"].values()}
            found.append((str(node["schema"]), str(name), types))
    return sorted(found, key=lambda table: table[:2])


def _rows(con: duckdb.DuckDBPyConnection, frame: Any) -> duckdb.DuckDBPyRelation:
    """Spark's rows: its Parquet files where they are at hand, else through the driver."""
    files = [urlparse(file) for file in frame.inputFiles()]
    if files and all(file.scheme == "file" for file in files):
        return con.read_parquet([unquote(file.path) for file in files])
    return con.from_arrow(frame.toArrow())


def _typed(rows: duckdb.DuckDBPyRelation, types: Mapping[str, str | None]) -> str:
    """The columns, each as its contract types it; instants without one as UTC without zone."""
    chosen = []
    for name, kind in zip(rows.columns, map(str, rows.types), strict=True):
        wanted = types.get(name) or ("timestamp" if kind.startswith("TIMESTAMP") else kind)
        chosen.append(f"cast({quoted(name)} as {wanted}) as {quoted(name)}")
    return ", ".join(chosen)


def _drop(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    kind = con.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    if kind:
        what = "view" if kind[0] == "VIEW" else "table"
        con.execute(f"drop {what} {quoted(schema)}.{quoted(table)}")
