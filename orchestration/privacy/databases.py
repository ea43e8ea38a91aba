"""Database files without a person: the published one, and the warehouse written anew.

A deleted row stays in the blocks of a database file until they are used again. So both files are
written as new ones, and the old ones removed.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.disk import sync
from orchestration.ingestion.casting import literal
from orchestration.privacy.layers import Layers, Relation
from orchestration.privacy.person import Person
from orchestration.publishing.audiences import published_grants, write_audiences
from orchestration.publishing.comments import copy_comments
from orchestration.publishing.publish import MARKER
from orchestration.settings import Settings
from orchestration.warehouse import STORAGE_VERSION, quoted

#: The warehouse's successor while it is written.
SUCCESSOR = "warehouse.erasing.duckdb"


def republish(settings: Settings, person: Person) -> dict[str, int]:
    """Put a publication in force that has the person's rows no more, and remove all others.

    Its other rows are those of the publication in force, checked when it was published. Where that
    can't be read it is withdrawn: the next run publishes again. Returns rows removed by mart.
    """
    versions = settings.home / ".published"
    current = settings.published.resolve() if settings.published.is_symlink() else None
    counts: dict[str, int] = {}
    name = ""
    if current and (current / "bi.duckdb").is_file():
        moment = datetime.now(UTC).replace(tzinfo=None)
        name = f"{moment:%Y%m%dT%H%M%S%f}-erasure"
        folder = versions / name
        folder.mkdir()
        try:
            counts = _copy_marts(current, folder, person)
        except (duckdb.Error, OSError, ValueError):
            name = ""
        if name and not counts:
            # Nothing of the person is published: what is in force stays.
            shutil.rmtree(folder)
            name = current.name
    if current and not name:
        settings.published.unlink()
    elif current and name != current.name:
        _put_in_force(settings.published, versions / name)
    if versions.is_dir():
        for path in versions.iterdir():
            if path.name != name:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return counts


def _copy_marts(source: Path, folder: Path, person: Person) -> dict[str, int]:
    counts: dict[str, int] = {}
    rows: dict[str, int] = {}
    with duckdb.connect(str(folder / "bi.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach {literal(str(source / 'bi.duckdb'))} as published (read_only)")
        con.execute("create schema marts")
        layers = Layers(con, "published", person, ["marts"])
        for table in layers.tables:
            mart = table.label.removeprefix("marts.")
            target = f"marts.{quoted(mart)}"
            con.execute(
                f"create table {target} as select * from {table.name} "
                f"where not {layers.predicate(table)}"
            )
            cleaned = layers.clean_lists(Relation(target, table.label, table.columns))
            before, rows[mart] = _count(con, table.name), _count(con, target)
            if gone := before - rows[mart] + cleaned:
                counts[f"published.{mart}"] = gone
            copy_comments(con, "published", mart)
            parquet = folder / "parquet" / mart / "data.parquet"
            parquet.parent.mkdir(parents=True)
            con.execute(
                f"copy {target} to {literal(str(parquet))} (format parquet, compression zstd)"
            )
        con.execute("detach published")
        con.execute("checkpoint")
    if grants := published_grants(source):
        write_audiences(folder, grants)
    marker = json.loads((source / MARKER).read_text(encoding="utf-8"))
    marker |= {"id": folder.name, "rows": rows}
    (folder / MARKER).write_text(json.dumps(marker, indent=2), encoding="utf-8")
    return counts


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0


def _put_in_force(published: Path, folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)
    link = folder.parent / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(folder.parent.name) / folder.name)
    link.replace(published)
    sync(published.parent)


def rewrite_warehouse(settings: Settings) -> None:
    """Write the warehouse as a new file and remove the old one: no unused block keeps a value.

    Needs the writer's lock and no open connection. A kill leaves the old file or the new one.
    """
    warehouse, successor = settings.warehouse, settings.home / SUCCESSOR
    _remove(successor)
    # Brings the log into the file, so that the new one isn't read together with an old log.
    with duckdb.connect(str(warehouse)) as con:
        con.execute("checkpoint")
    source = quoted(warehouse.stem)
    with duckdb.connect() as con:
        con.execute("set memory_limit = '2GB'")
        con.execute(f"set temp_directory = {literal(str(settings.home / f'{SUCCESSOR}.tmp'))}")
        con.execute("set preserve_insertion_order = false")
        con.execute(f"attach {literal(str(warehouse))} as {source} (read_only)")
        con.execute(
            f"attach {literal(str(successor))} as successor "
            f"(storage_version {literal(STORAGE_VERSION)})"
        )
        con.execute(f"copy from database {source} to successor")
        con.execute("checkpoint successor")
        con.execute("detach successor")
        con.execute(f"detach {source}")
    sync(successor)
    shutil.copymode(warehouse, successor)
    _log_of(warehouse).unlink(missing_ok=True)
    successor.replace(warehouse)
    sync(settings.home)
    _remove(successor)
    shutil.rmtree(f"{warehouse}.tmp", ignore_errors=True)


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _log_of(database).unlink(missing_ok=True)
    shutil.rmtree(f"{database}.tmp", ignore_errors=True)


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")
