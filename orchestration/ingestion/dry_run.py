"""What a landing zone would come to, loaded by the real loader into a scratch warehouse.

Nothing of it is kept, no key is asked for, and no value of a file is shown.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
import yaml

from orchestration.ingestion import clocks, joins
from orchestration.ingestion.contract import Contract, Table, load_contract
from orchestration.ingestion.file_records import FileResult
from orchestration.ingestion.guess import better_format, likely_format
from orchestration.ingestion.loader import ingest
from orchestration.ingestion.reading import read_layout
from orchestration.ingestion.source_settings import (
    SourceSettings,
    SourceSettingsError,
    load_source_settings,
)
from orchestration.ingestion.streams import UnreadableFileError
from orchestration.settings import Settings
from orchestration.warehouse import connect

#: Reasons and names shown a file: more is for `quarantine show` after the run.
MOST_REASONS = 5
MOST_NAMES = 12
#: The check of the raw layer that withdraws a file for what of it didn't parse.
MOSTLY_PARSED = "files_mostly_parsed"


@dataclass(frozen=True)
class Fault:
    """Why rows of a file would be quarantined, and the first line of them."""

    field: str | None
    reason: str
    rows: int
    first_line: int


@dataclass(frozen=True)
class FileCheck:
    """One file: what would become of it.

    `unmapped` are columns that no column of ours takes; `likely_format` is what a file looks like
    that fits another folder better.
    """

    path: str
    status: str
    rows: int
    quarantined: int
    reason: str | None = None
    likely_format: str | None = None
    unmapped: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def quarantined_share(self) -> float:
        """Of the rows read, 0..1."""
        return self.quarantined / self.rows if self.rows else 0.0


@dataclass
class Check:
    """A dry run's findings."""

    files: list[FileCheck] = field(default_factory=list)
    clocks: list[clocks.Clock] = field(default_factory=list)
    joins: list[joins.JoinRate] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every file would load."""
        return not any(file.status in {"rejected", "withdrawn"} for file in self.files)

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        return asdict(self)


def check(settings: Settings, progress: Callable[[FileResult], None] | None = None) -> Check:
    """Load a landing zone into a scratch warehouse and say what came of it."""
    contract = load_contract(settings.project_dir)
    with tempfile.TemporaryDirectory(prefix="passerelle-check-") as folder:
        scratch = replace(settings, home=Path(folder), hmac_key=secrets.token_hex(16))
        report = ingest(scratch, progress=progress)
        con = connect(scratch.warehouse)
        try:
            found = Check([_file(con, scratch, contract, file) for file in report.files])
            share = _most_quarantined(settings.project_dir)
            found.files = [_judged(file, share) for file in found.files]
            loaded = [table for table in contract if report.new_rows.get(table.identifier)]
            for table in loaded:
                folder_settings = _settings(scratch, table)
                if folder_settings:
                    found.clocks += clocks.look(con, table, folder_settings)
            found.joins = joins.rates(con, loaded)
            return found
        finally:
            con.close()


def _most_quarantined(project_dir: Path) -> float:
    """The share of its rows in quarantine beyond which a run withdraws a file."""
    suite = project_dir / "expectations" / "suites" / "raw" / "_every_table.yml"
    entries = yaml.safe_load(suite.read_text(encoding="utf-8"))["expectations"]
    (found,) = (entry["kwargs"]["max_share"] for entry in entries if entry["type"] == MOSTLY_PARSED)
    return float(found)


def _judged(file: FileCheck, most_quarantined: float) -> FileCheck:
    """A file as the raw checks would leave it: a run withdraws what is mostly in quarantine."""
    if file.status != "loaded" or file.quarantined_share <= most_quarantined:
        return file
    return replace(file, status="withdrawn", reason=f"critical check failed: {MOSTLY_PARSED}")


def _settings(settings: Settings, table: Table) -> SourceSettings | None:
    try:
        return load_source_settings(settings.landing / table.family / table.format, table)
    except SourceSettingsError:
        return None


def _better(
    con: duckdb.DuckDBPyConnection, path: Path, settings: Settings, contract: Contract, table: Table
) -> str | None:
    """A format that a file which loads where it stands fits better all the same."""
    folder = _settings(settings, table)
    try:
        reading = read_layout(con, path, table, folder) if folder else None
    except (UnreadableFileError, OSError):
        return None
    better = better_format(reading, table, folder, contract) if folder and reading else None
    return better.name if better else None


def _file(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, file: FileResult
) -> FileCheck:
    table = contract.get(file.family, file.format)
    unmapped: list[tuple[str]] = []
    if table and file.rows_loaded:
        unmapped = con.execute(
            f"select distinct unnest(json_keys(_extra)) as name from {table.relation} "
            "where _file_id = ? order by name",
            [file.file_id],
        ).fetchall()
    faults = con.execute(
        "select field, reason, count(*), min(line) from audit.quarantine where file_id = ? "
        "group by all order by 3 desc, 2, 1 nulls first limit ?",
        [file.file_id, MOST_REASONS],
    ).fetchall()
    is_lost = file.status in {"rejected", "withdrawn"}
    path = settings.landing / file.path
    return FileCheck(
        file.path,
        file.status,
        file.rows_read,
        file.rows_quarantined,
        file.reason,
        likely_format(con, path, contract, table)
        if is_lost or table is None
        else _better(con, path, settings, contract, table),
        tuple(name for (name,) in unmapped[:MOST_NAMES]),
        tuple(Fault(*fault) for fault in faults),
    )
