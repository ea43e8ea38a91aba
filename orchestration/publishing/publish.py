"""Publishing: a new version beside the old one, then one rename that puts it in force.

A version is a folder `<home>/.published/<id>/` with `bi.duckdb`, `parquet/<mart>/data.parquet`,
`<audience>/bi.duckdb` and `publication.json`; `<home>/published` is a link to the version in force.
A reader opens either the old version or the new one, whole. The one before stays, for readers that
still hold it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.disk import sync
from orchestration.faults import crash_point
from orchestration.ingestion.casting import literal
from orchestration.publishing.audiences import (
    PolicyError,
    columns_of,
    grants_of,
    read_policy,
    write_audiences,
)
from orchestration.publishing.comments import comment_on
from orchestration.settings import Settings
from orchestration.warehouse import quoted

MARKER = "publication.json"
#: The clock of the publication is the one value that no model can know.
STAMPED = "publication_info"


class PublicationError(RuntimeError):
    """Nothing was published; the message says why. The version in force is untouched."""


@dataclass(frozen=True)
class Publication:
    """A version: its id, the run that made it, and the rows of every mart."""

    id: str
    run_id: str
    as_of: str
    published_at: str
    rows: dict[str, int]


@dataclass(frozen=True)
class MartDescription:
    """What BI tools show beside a mart and its columns."""

    text: str
    columns: Mapping[str, str]


def publish(
    settings: Settings,
    *,
    run_id: str,
    blocking: Iterable[str] = (),
    marts: Iterable[str] | None = None,
    descriptions: Mapping[str, MartDescription] | None = None,
    policy: Path | None = None,
) -> Publication:
    """Publish every mart, or those named, and put the version in force.

    `blocking` names checks that failed: any refuses the publication. `policy` is the file that says
    which audience sees what; without it there are no audiences' databases. Needs the writer's lock
    and no open connection to the warehouse in this process. Raises PublicationError.
    """
    failed = list(blocking)
    if failed:
        raise PublicationError(f"{len(failed)} blocking checks failed: {', '.join(failed[:5])}")
    if settings.published.exists() and not settings.published.is_symlink():
        raise PublicationError(f"{settings.published} is no link; move it away and run again")
    versions = settings.home / ".published"
    versions.mkdir(parents=True, exist_ok=True)
    current = _in_force(settings.published)
    _sweep(versions, keep=_kept(versions, current))
    moment = datetime.now(UTC).replace(tzinfo=None)
    name = f"{moment:%Y%m%dT%H%M%S%f}-{run_id[:8]}"
    folder = versions / name
    folder.mkdir()
    rows = _fill(settings.warehouse, folder, marts, moment, descriptions or {})
    if policy is not None:
        _write_audiences(folder, policy)
    publication = Publication(
        id=name,
        run_id=run_id,
        as_of=settings.as_of.isoformat() + "Z",
        published_at=moment.isoformat() + "Z",
        rows=rows,
    )
    (folder / MARKER).write_text(json.dumps(asdict(publication), indent=2), encoding="utf-8")
    _sync_tree(folder)
    crash_point("publishing_before_swap")
    _swap(settings.published, folder)
    crash_point("publishing_after_swap")
    _sweep(versions, keep={name, *([current] if current else [])})
    return publication


def _fill(
    warehouse: Path,
    folder: Path,
    marts: Iterable[str] | None,
    moment: datetime,
    descriptions: Mapping[str, MartDescription],
) -> dict[str, int]:
    """Copy the marts into a new database and into Parquet; returns the rows of each."""
    rows: dict[str, int] = {}
    # The new file must be the main database: a copy into an attached one is slower, and its name
    # must differ from the schema's, or `marts.x` is ambiguous.
    with duckdb.connect(str(folder / "bi.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = false")
        # Under its own name, because views in it call their tables `warehouse.<schema>.<table>`.
        source = quoted(warehouse.stem)
        con.execute(f"attach {literal(str(warehouse))} as {source} (read_only)")
        names = _mart_names(con, warehouse.stem, marts)
        con.execute("create schema marts")
        for name in names:
            mart = quoted(name)
            chosen = "*"
            if name == STAMPED:
                chosen = f"* replace (timestamp '{moment.isoformat(' ')}' as published_at)"
            con.execute(f"create table marts.{mart} as select {chosen} from {source}.marts.{mart}")
            count = con.execute(f"select count(*) from marts.{mart}").fetchone()
            rows[name] = int(count[0]) if count else 0
            if described := descriptions.get(name):
                comment_on(con, name, described.text, described.columns)
            target = folder / "parquet" / name / "data.parquet"
            target.parent.mkdir(parents=True)
            con.execute(
                f"copy marts.{mart} to {literal(str(target))} (format parquet, compression zstd)"
            )
        con.execute(f"detach {source}")
        con.execute("checkpoint")
    return rows


def _write_audiences(folder: Path, policy: Path) -> None:
    try:
        grants = grants_of(read_policy(policy), columns_of(folder / "bi.duckdb"))
    except PolicyError as error:
        raise PublicationError(str(error)) from error
    write_audiences(folder, grants)


def _mart_names(
    con: duckdb.DuckDBPyConnection, database: str, marts: Iterable[str] | None
) -> list[str]:
    present = {
        str(row[0])
        for row in con.execute(
            "select table_name from duckdb_tables() "
            "where database_name = ? and schema_name = 'marts' union all "
            "select view_name from duckdb_views() "
            "where database_name = ? and schema_name = 'marts' and not internal",
            [database, database],
        ).fetchall()
    }
    wanted = present if marts is None else set(marts)
    missing = sorted(wanted - present)
    if missing:
        raise PublicationError(f"not built yet: {', '.join(missing)}; run the job `everything`")
    if not wanted:
        raise PublicationError("there is no mart in the warehouse")
    return sorted(wanted)


def _in_force(published: Path) -> str | None:
    return published.readlink().name if published.is_symlink() else None


def _kept(versions: Path, current: str | None) -> set[str]:
    """The version in force and the one before it: complete, and never put in force later."""
    complete = sorted(p.parent.name for p in versions.glob(f"*/{MARKER}"))
    if current is None:
        return set()
    before = [name for name in complete if name < current]
    return {current, *before[-1:]}


def _sweep(versions: Path, keep: set[str]) -> None:
    """Remove what dead runs and older publications left; the caller holds the writer's lock."""
    for path in versions.iterdir():
        if path.name in keep:
            continue
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path)


def _swap(published: Path, folder: Path) -> None:
    # `next` carries no process id: a dead run's is simply replaced.
    link = folder.parent / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(folder.parent.name) / folder.name)
    link.replace(published)
    sync(published.parent)


def _sync_tree(folder: Path) -> None:
    """Bring every byte and every name of a folder to the disk before it is put in force."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)
    sync(folder.parent)
