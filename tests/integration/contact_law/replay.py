"""The e_rebond models run again with another clock, other facts or other rules, without dbt.

dbt has compiled them once, with the clock of the world's end; each day is the same SQL with its own
clock in its place, run in the order of their dependencies: seconds instead of a dbt run each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from tests.integration.conftest import World
from tests.parsed_dbt import shared_manifest

#: The clock with which the world was built, as it stands in compiled SQL and in nothing else there.
CLOCK = "2026-12-01 00:00:00"
LAST_OF_DETECTION = "int_e_rebond__signals"
LAST_OF_LAW = "int_e_rebond__calling_windows"


@dataclass(frozen=True)
class Step:
    """A model: its name, its table or view, its SQL with the clock's mark."""

    name: str
    is_view: bool
    sql: str


def compiled_steps(world: World) -> list[Step]:
    """The models from signs to windows as dbt ran them, in the order in which they can be built."""
    nodes = {
        key: node
        for key, node in shared_manifest()["nodes"].items()
        if node["resource_type"] == "model" and node["fqn"][1:3] == ["intermediate", "e_rebond"]
    }
    ordered: list[str] = []

    def visit(key: str) -> None:
        if key not in nodes or key in ordered:
            return
        for parent in nodes[key]["depends_on"]["nodes"]:
            visit(parent)
        ordered.append(key)

    visit(f"model.passerelle.{LAST_OF_LAW}")
    compiled = world.home / "dbt" / "compiled" / "passerelle"
    return [
        Step(
            nodes[key]["name"],
            nodes[key]["config"]["materialized"] == "view",
            (compiled / nodes[key]["original_file_path"]).read_text(encoding="utf-8"),
        )
        for key in ordered
    ]


def rebuild(
    con: duckdb.DuckDBPyConnection,
    steps: Sequence[Step],
    now: datetime,
    signals: str | None = None,
) -> None:
    """Build the models as a run at `now` (UTC) would; `signals` is SQL that adds signs."""
    for step in steps:
        kind = "view" if step.is_view else "table"
        sql = step.sql.replace(CLOCK, now.strftime("%Y-%m-%d %H:%M:%S"))
        con.execute(f"create or replace {kind} intermediate.{step.name} as {sql}")
        if step.name == LAST_OF_DETECTION and signals:
            con.execute(f"insert into intermediate.{step.name} by name {signals}")


def make_tables(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Turn views of the canonical layer into tables, so that a test can add facts."""
    for name in names:
        table = f"intermediate.{name}"
        (kind,) = con.execute(
            "select table_type from information_schema.tables"
            " where table_schema = 'intermediate' and table_name = ?",
            [name],
        ).fetchone() or ("",)
        if kind == "VIEW":
            con.execute(f"create temp table held as from {table}")
            con.execute(f"drop view {table}")
            con.execute(f"create table {table} as from held")
            con.execute("drop table held")


def copy_of(warehouse: Path, folder: Path) -> Path:
    """A copy of the warehouse for a test that changes it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    path.write_bytes(warehouse.read_bytes())
    return path
