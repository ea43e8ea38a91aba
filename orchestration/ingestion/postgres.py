"""Tables of PostgreSQL databases: exported to the landing zone, where files are loaded from.

Every run exports each table that a `_source.yml` names, by DuckDB's postgres extension, as a
Parquet file of texts in the folder of its format. A table that hasn't changed leaves no file.
What comes of the file is the loader's matter, as for any other.

The connection string comes from the environment and goes to the server only. Messages of the
engine and of the server may quote it, or values: none of them is passed on.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import duckdb

from orchestration.disk import is_file
from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.headers import known_names
from orchestration.ingestion.landing import content_hash
from orchestration.ingestion.source_settings import (
    FILE_NAME,
    Postgres,
    SourceSettings,
    SourceSettingsError,
    load_source_settings,
)
from orchestration.settings import Settings
from orchestration.warehouse import quoted

EXTENSION = "duckdb_extension_postgres_scanner"
OWN_EXPORT = re.compile(r"postgres_(\d{4}-\d\d-\d\dT\d{6})Z\.parquet")
STAMP = "%Y-%m-%dT%H%M%S"
#: Where the environment doesn't say how long to wait for a server.
CONNECT_TIMEOUT_SECONDS = "10"

#: What servers and libpq say (lower case), and what to tell people instead.
REASONS = (
    (r"password authentication failed|no password supplied|authentication failed|pg_hba\.conf",
     "the server refuses the user or the password"),
    (r"database \"[^\"]*\" does not exist|role \"[^\"]*\" does not exist",
     "the server has no such database or user"),
    (r"definition of service|service file", "no such service in pg_service.conf"),
    (r"connection info string|invalid uri|percent-encoded|invalid connection option|invalid port"
     r"|invalid integer value", "the connection string can't be read"),
    (r"connection refused|could not translate|timeout expired|no such file or directory|no route"
     r"|unreachable|server closed|could not connect|connection reset|starting up|shutting down"
     r"|too many clients|connection slots", "no server answers; the next run tries again"),
    (r"ssl|certificate", "server and connection string disagree about SSL"),
    (r"permission denied", "the user may not read it; grant select"),
    (r"relation \"[^\"]*\" does not exist|schema \"[^\"]*\" does not exist",
     "there is no such table, or the user doesn't see its schema"),
    (r"column .* does not exist", "the query names a column that isn't there"),
    (r"duplicate column name", "two columns of the query have one name; give one another by `as`"),
    (r"multiple commands", "the query holds several statements; one select is taken"),
    (r"read-only transaction", "the query writes; one select is taken"),
    (r"syntax error", "the query is no SQL that the server understands"),
    (r"statement timeout|lock timeout", "the server gave up waiting; the next run tries again"),
)  # fmt: skip


class ExportError(RuntimeError):
    """A table can't be exported; the message holds no host, user, password or value."""


@dataclass(frozen=True)
class Export:
    """What came of one table: a new file, none (it hasn't changed), or the reason of a failure."""

    family: str
    format: str
    path: Path | None = None
    reason: str | None = None

    @property
    def relative(self) -> str:
        """The file that names the table, below the landing zone."""
        return f"{self.family}/{self.format}/{FILE_NAME}"


def export_tables(
    settings: Settings, contract: Contract, families: Iterable[str] | None = None
) -> list[Export]:
    """Export every table that the landing zone names; `families` limits it. Never raises."""
    wanted = set(contract.families if families is None else families)
    exports = []
    for table in contract:
        folder = settings.landing / table.family / table.format
        # In a folder that can't be read none is found; the scan of the landing zone tells of it.
        if table.family not in wanted or not is_file(folder / FILE_NAME):
            continue
        try:
            given = load_source_settings(folder, table)
        except SourceSettingsError as error:
            if _may_name_a_table(folder / FILE_NAME):
                # No file may ever come to be rejected for it.
                reason = str(error).replace(f"{settings.landing}/", "")
                exports.append(Export(table.family, table.format, reason=reason))
            continue
        if given.postgres is None:
            continue
        try:
            path = _export(folder, table, given, given.postgres, settings.state / "postgres")
            exports.append(Export(table.family, table.format, path))
        except ExportError as error:
            exports.append(Export(table.family, table.format, reason=str(error)))
        except OSError as error:
            reason = f"the export can't be written to the folder: {error.strerror}"
            exports.append(Export(table.family, table.format, reason=reason))
    return exports


def _may_name_a_table(path: Path) -> bool:
    try:
        return "postgres" in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True


def _export(
    folder: Path, table: Table, given: SourceSettings, source: Postgres, work: Path
) -> Path | None:
    """Write the table beside its `_source.yml`, or nothing where its last export says the same."""
    private = folder / ".postgres"
    part = private / "part.parquet"
    what = f"table {source.table}" if source.table else "the query"
    text = _connection_string(source)
    try:
        with _attached(text, work) as con:
            moment = _snapshot_moment(con)
            relation = _relation(source)
            columns = _columns(con, relation, table, given, is_query=source.query is not None)
            # For the owner alone: it holds what the CRM holds.
            shutil.rmtree(private, ignore_errors=True)
            private.mkdir(mode=0o700)
            _copy(con, f"select {', '.join(columns)} from {relation}", part)
            part.chmod(0o600)
        own = sorted(path for path in folder.iterdir() if OWN_EXPORT.fullmatch(path.name))
        if own and content_hash(own[-1]) == content_hash(part):
            return None
        path = folder / f"postgres_{_stamp(moment, own)}Z.parquet"
        part.replace(path)
        return path
    except duckdb.Error as error:
        reason = _reason(str(error).replace(text, ""), type(error).__name__)
    finally:
        shutil.rmtree(private, ignore_errors=True)
    # Raised outside the handler: the engine's error, which quotes the password, is no cause of it.
    raise ExportError(f"{what} can't be read from PostgreSQL ({source.connection}): {reason}")


def _stamp(moment: datetime, own: list[Path]) -> str:
    """The moment in the file's name: whole seconds, and later than every export before it."""
    if own and (last := OWN_EXPORT.fullmatch(own[-1].name)):
        after = datetime.strptime(last[1], STAMP) + timedelta(seconds=1)  # noqa: DTZ007
        moment = max(moment, after)
    return moment.strftime(STAMP)


@contextmanager
def _attached(text: str, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own that sees the server as `source`, in one read-only snapshot of it."""
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT_SECONDS)
    work.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(work),
            # Sorted output of one thread is the same text for the same rows.
            "threads": "1",
        },
    )
    try:
        con.execute(f"load {literal(str(_extension()))}")
        con.execute(f"attach {literal(text)} as source (type postgres, read_only)")
        con.execute("begin transaction")
        yield con
    finally:
        con.close()


def _connection_string(source: Postgres) -> str:
    if not source.connection.startswith("env:"):
        return f"service={source.connection}"
    name = source.connection.removeprefix("env:")
    text = os.environ.get(name)
    if not text:
        raise ExportError(
            f"{name} is not set: export the connection string of the database under that name"
        )
    return text


def _extension() -> Path:
    """DuckDB's postgres extension, from the package that carries it: nothing is downloaded."""
    try:
        folder = Path(str(resources.files(EXTENSION))) / "extensions"
    except ModuleNotFoundError:
        folder = Path()
    path = folder / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"
    if not path.is_file():
        raise ExportError(
            f"DuckDB's postgres extension {duckdb.__version__} isn't installed: "
            f"install the package {EXTENSION.replace('_', '-')} of that version"
        )
    return path


def _ask(sql: str) -> str:
    """A query that the server runs, as a relation of the engine."""
    return f"postgres_query('source', {literal(sql)})"


def _snapshot_moment(con: duckdb.DuckDBPyConnection) -> datetime:
    """When the snapshot that is read was taken, by the server's clock; UTC."""
    row = con.execute(
        f"select * from {_ask('''select transaction_timestamp() at time zone 'UTC' as moment''')}"
    ).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def _relation(source: Postgres) -> str:
    if source.table:
        return ".".join(quoted(part) for part in source.table.split("."))
    # On lines of its own: the query may end in a comment.
    return f"(\n{(source.query or '').rstrip().rstrip(';')}\n) as delivered"


def _columns(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    table: Table,
    given: SourceSettings,
    *,
    is_query: bool,
) -> list[str]:
    """What is read: of a table the columns that the contract knows, of a query all."""
    described = con.execute(
        f"describe select * from {_ask(f'select * from {relation}')}"
    ).fetchall()
    known = {*known_names(table), *(name.lower() for name in given.columns)}
    if given.delivery == "snapshot":
        # The moment of a snapshot is the export's, whatever a column of that name says.
        known.discard("exported_at")
    columns = [
        f"{_as_text(quoted(name), kind)} as {quoted(name)}"
        for name, kind, *_ in described
        if is_query or name.lower() in known
    ]
    if not columns:
        raise ExportError(
            f"none of its {len(described)} columns is known: map theirs under `columns`"
        )
    return columns


def _as_text(column: str, kind: str) -> str:
    """SQL of the server for a value as files hold it: exact numbers, ISO times, lists by `|`."""
    if kind.endswith("]"):
        return f"array_to_string({column}, '|')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        text = f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    elif kind.startswith("TIMESTAMP"):
        text = f"""to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
    elif kind == "DATE":
        text = f"to_char({column}, 'YYYY-MM-DD')"
    elif kind == "BLOB":
        return f"encode({column}, 'hex')"
    else:
        return f"cast({column} as text)"
    # Infinity is how databases write that something has no end.
    return f"case when isfinite({column}) then {text} end"


def _copy(con: duckdb.DuckDBPyConnection, sql: str, target: Path) -> None:
    con.execute(
        f"copy (select * from {_ask(sql)} order by all) "
        f"to {literal(str(target))} (format parquet, compression zstd)"
    )


def _reason(said: str, kind: str) -> str:
    # What the server says itself, without the query that it quotes before and below.
    message = re.split(r"(?:ERROR|FATAL):", said)[-1].strip().split("\n")[0].lower()
    for pattern, reason in REASONS:
        if re.search(pattern, message):
            return reason
    return f"the engine reports {kind}"
