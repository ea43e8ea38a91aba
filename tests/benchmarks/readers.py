"""`python -m tests.benchmarks.readers`: every reader on a million rows, beside a trusting read."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Table, load_contract
from orchestration.ingestion.loader import ingest
from orchestration.settings import PROJECT_DIR, Settings
from tests.benchmarks.files import trusting_read, write_file
from tests.benchmarks.measure import measured

AS_OF = "2026-11-01 00:00:00"


def main() -> None:
    """Print a table: rows a CPU second of the loader and of DuckDB's own read of the same file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("formats", nargs="*", help="family/format; default all")
    options = parser.parse_args()
    os.environ["PASSERELLE_HMAC_KEY"] = "a key for the benchmark only"
    print("| format | columns | MB | loader, rows a CPU s | trusting read, rows a CPU s | ratio |")
    print("|---|---|---|---|---|---|")
    for table in load_contract(PROJECT_DIR):
        name = f"{table.family}/{table.format}"
        if not options.formats or name in options.formats:
            _measure(table, options.rows)


def _measure(table: Table, rows: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="passerelle-readers-"))
    try:
        suffix = "jsonl" if table.dialect.is_json else "csv"
        path = folder / "landing" / table.family / table.format / f"rows.{suffix}.gz"
        write_file(table, path, rows)
        settings = Settings.load(home=folder / "home", landing=folder / "landing", as_of=AS_OF)
        with duckdb.connect() as con:
            statement = trusting_read(table, path)
            _, floor = measured(lambda: con.execute(statement).fetchall())
        report, cost = measured(lambda: ingest(settings))
        (file,) = report.files
        if file.rows_loaded != rows:
            raise SystemExit(f"{file.path}: {file.status}, {file.rows_loaded} of {rows} rows")
        print(
            f"| {table.family}/{table.format} | {len(table.columns)} "
            f"| {path.stat().st_size >> 20} | {rows / cost.cpu:,.0f} "
            f"| {rows / floor.cpu:,.0f} | {cost.cpu / floor.cpu:.1f} |",
            flush=True,
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
