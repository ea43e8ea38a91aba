"""The raw zone: what the loader wrote, as Parquet that any engine reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb
import yaml

from orchestration.ingestion.contract import LOADER
from orchestration.warehouse import connect, quoted


def source_relations(project_dir: Path) -> list[tuple[str, str]]:
    """(schema, table) of every source that the dbt project declares, sorted."""
    return sorted(
        (source["schema"], table.get("identifier", table["name"]))
        for path in project_dir.glob("models/staging/*/_sources.yml")
        for source in yaml.load(path.read_text(encoding="utf-8"), LOADER)["sources"]
        for table in source["tables"]
    )


def zone_of(home: Path) -> Path:
    """Where the raw zone of a home stands: `<schema>/<table>/data.parquet`."""
    return home / "raw_zone"


def write_raw_zone(home: Path, relations: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Copy tables of a home's warehouse into its raw zone; returns rows by `schema.table`.

    Names and types are kept; JSON is text, as Parquet has no other. Each table is written beside
    the one before and put in its place whole. What isn't among the relations is removed. Raises
    WarehouseBusyError where another process writes, duckdb.CatalogException for a missing table.
    """
    zone = zone_of(home)
    counts: dict[str, int] = {}
    wanted = sorted(set(relations))
    with connect(home / "warehouse.duckdb", read_only=True) as con:
        for schema, table in wanted:
            counts[f"{schema}.{table}"] = write_table(con, schema, table, zone / schema / table)
    for folder in zone.glob("*/*"):
        if (folder.parent.name, folder.name) not in wanted:
            shutil.rmtree(folder)
    return counts


def drop_copies(home: Path) -> int:
    """Remove what a home keeps for Spark, raw zone and tables; returns how many files went.

    All of it is made again by the next build on Spark, from a warehouse without the erased.
    """
    folders = [folder for folder in (zone_of(home), home / "spark") if folder.exists()]
    count = sum(path.is_file() for folder in folders for path in folder.rglob("*"))
    for folder in folders:
        shutil.rmtree(folder)
    return count


def write_table(con: duckdb.DuckDBPyConnection, schema: str, table: str, folder: Path) -> int:
    """A table as `<folder>/data.parquet`, in place whole; returns its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "data.parquet.part"
    columns = con.execute(f"describe {quoted(schema)}.{quoted(table)}").fetchall()
    chosen = ", ".join(
        f"cast({quoted(name)} as varchar) as {quoted(name)}" if kind == "JSON" else quoted(name)
        for name, kind, *_ in columns
    )
    row = con.execute(
        f"copy (select {chosen} from {quoted(schema)}.{quoted(table)}) "
        f"to '{str(part).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)"
    ).fetchone()
    part.replace(folder / "data.parquet")
    return int(row[0]) if row else 0
