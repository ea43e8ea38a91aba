"""The landing zone without a person's records: which files lose which lines, and what is withheld.

What the warehouse loaded of a file tells which of its lines are the person's. Files that it doesn't
hold as they stand (rejected, withdrawn, new, or with rows dropped at loading) are read again, by
the loader, into a scratch warehouse. Whatever no reader knows is searched line by line.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from orchestration.disk import is_file
from orchestration.ingestion import landing, suppression
from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.loader import Loader
from orchestration.ingestion.matching import Entry, Matcher
from orchestration.ingestion.parquet_source import parquet_rows
from orchestration.ingestion.reading import Reading, read_layout
from orchestration.ingestion.source_settings import FILE_NAME
from orchestration.ingestion.streams import (
    PARQUET_MAGIC,
    UnreadableFileError,
    line_blocks,
    magic_of,
)
from orchestration.ingestion.walking import walk
from orchestration.privacy.plan import Plan
from orchestration.privacy.rewriting import SUFFIX, Rewritten, part_of, rewrite, target_of
from orchestration.privacy.subject import loaded_countries
from orchestration.settings import Settings
from orchestration.warehouse import connect, ensure_schema, quoted

#: Stands at the top of a sample landing zone; holds its clock.
NOT_DATA = frozenset({FILE_NAME, "as_of"})
#: Archives that nothing here opens: zip, bzip2, xz, 7z.
OTHER_ARCHIVES = (b"PK\x03\x04", b"BZh", b"\xfd7zX", b"7z\xbc\xaf")


@dataclass
class Change:
    """What becomes of a file: its successor, or none where it is withheld or must be left.

    `file_ids` are the warehouse's records of it, `lines` those on which the person's records begin.
    """

    relative: str
    lines: frozenset[int]
    file_ids: tuple[str, ...] = ()
    table: Table | None = None
    rewritten: Rewritten | None = None
    reason: str | None = None
    is_left: bool = False
    path: Path | None = None


@dataclass
class Cleaner:
    """Finds and prepares the changes of a landing zone."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    contract: Contract
    key: bytes
    entries: list[Entry]
    plan: Plan
    #: Whether only files are looked at that the warehouse holds as they stand.
    only_told: bool = False
    matcher: Matcher = field(init=False)
    countries: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._told = self.plan.by_file()
        self.matcher = Matcher(self.con, self.entries, self.key)
        self.countries = loaded_countries(self.con)
        #: By the file itself: a second link to it needs the same successor, not another one.
        self._successors: dict[Path, Change] = {}

    def changes(self) -> Iterator[Change]:
        """Every file that holds a record of the person, with its successor written beside it."""
        root = self.settings.landing
        if not root.is_dir():
            return
        found = landing.scan(root, self.contract)
        landed = {file.relative: file for file in found.files}
        unfinished = set(found.unfinished)
        with tempfile.TemporaryDirectory(prefix=".erasure-", dir=self.settings.home) as scratch:
            loader = _scratch_loader(self.settings, self.contract, Path(scratch), self.entries)
            with closing(loader.con):
                # Listed before successors are written among the files.
                for entry in list(walk(root)):
                    path = entry.path
                    relative = landing.printable(path.relative_to(root))
                    is_ours = path.name in NOT_DATA or path.name.endswith(SUFFIX)
                    if is_ours or (entry.found and entry.found.st_size == 0):
                        continue
                    if entry.found and not is_file(path):
                        continue  # withheld already, by another link to it
                    if entry.reason:
                        change = (
                            None
                            if self.only_told
                            else Change(relative, frozenset(), reason=entry.reason, is_left=True)
                        )
                    elif relative in landed:
                        change = self._landed(landed[relative], loader)
                    else:
                        change = (
                            None
                            if self.only_told
                            else self._unknown(path, relative, self.countries)
                        )
                    if change and relative in unfinished:
                        if change.rewritten and self._successors[path.resolve()] is change:
                            change.rewritten.part.unlink()
                        change.rewritten, change.is_left = None, True
                        change.reason = "the file is still being written"
                    if change:
                        change.path = path
                        yield change

    def _landed(self, file: LandedFile, loader: Loader) -> Change | None:
        table = self.contract.get(file.family, file.format)
        assert table is not None
        folder = suppression.folder_settings(self.settings, table)
        file_ids, is_told = self._known(file, table, growing=folder.delivery == "growing")
        if self.only_told and not is_told:
            return None
        try:
            if is_told:
                told = [lines for f in file_ids for lines in self._told.get(f, ())]
                lines = set().union(*told)
            else:
                lines = self._scratch_lines(file, loader)
            if not lines:
                return None
            reading = read_layout(loader.con, file.path, table, folder)
        except UnreadableFileError:
            return self._unknown(file.path, file.relative, [folder.country])
        change = Change(file.relative, frozenset(lines), file_ids, table)
        return self._with_successor(change, file.path, lines, reading)

    def _known(
        self, file: LandedFile, table: Table, *, growing: bool
    ) -> tuple[tuple[str, ...], bool]:
        """The warehouse's records of a file, and whether they tell all that it holds."""
        rows = self.con.execute(
            "select file_id, status, rows_suppressed, size_bytes, mtime_ns, byte_end "
            "from audit.files where path = ? and family = ? and format = ? "
            "and status <> 'rejected' order by byte_start, loaded_at",
            [file.relative, file.family, file.format],
        ).fetchall()
        ids = tuple(str(row[0]) for row in rows)
        if growing and rows and any(row[5] is not None for row in rows):
            reaches = max(row[5] or 0 for row in rows)
            is_told = reaches >= file.size and all(
                row[1] == "loaded" and not row[2] for row in rows
            )
            return ids, is_told
        same = [row for row in rows if row[3] == file.size and row[4] == file.mtime_ns]
        if not same:
            digest = landing.content_hash(file.path)
            wanted = landing.file_id(table, digest, file.exported_at, 0)
            same = self.con.execute(
                "select file_id, status, rows_suppressed from audit.files where file_id = ? "
                "and status <> 'rejected'",
                [wanted],
            ).fetchall()
        is_told = bool(same) and all(row[1] in {"loaded", "empty"} and not row[2] for row in same)
        # Formats that keep no quarantined text can't tell which of those lines are meant.
        return tuple(str(row[0]) for row in same), is_told and not table.superseded

    def _scratch_lines(self, file: LandedFile, loader: Loader) -> set[int]:
        result = loader.load(file)
        if result is None or result.status in {"rejected", "unfinished"}:
            raise UnreadableFileError("no reader knows it")
        return {*loader.dropped.rows, *loader.dropped.quarantined}

    def _unknown(self, path: Path, relative: str, countries: list[str]) -> Change | None:
        """A file that no reader takes: its lines, or rows of Parquet, by what they hold.

        Numbers without prefix are read as those of the countries.
        """
        try:
            if magic_of(path).startswith(OTHER_ARCHIVES):
                raise UnreadableFileError("an archive of another kind")
            if magic_of(path) == PARQUET_MAGIC:
                lines = self._parquet_rows(path, countries)
            else:
                lines = set()
                for number, line in enumerate(self._lines(path), start=1):
                    if self.matcher.is_meant(line, *countries):
                        lines.add(number)
        except (UnreadableFileError, UnicodeDecodeError, duckdb.Error):
            return Change(relative, frozenset(), reason="unreadable: nobody can say what it holds")
        if not lines:
            return None
        change = Change(relative, frozenset(lines))
        if lines == {1} and path.stat().st_size > 0 and self._is_one_line(path):
            change.reason = "all of it is one line that no reader takes apart"
            return change
        return self._with_successor(change, path, lines, None)

    def _lines(self, path: Path) -> Iterator[str]:
        for block in line_blocks(path, "auto"):
            yield from block.decode().removesuffix("\n").split("\n")

    def _is_one_line(self, path: Path) -> bool:
        if magic_of(path) == PARQUET_MAGIC:
            return False
        return sum(1 for line in self._lines(path) if line.strip()) == 1

    def _parquet_rows(self, path: Path, countries: list[str]) -> set[int]:
        described = self.con.execute(f"describe from {parquet_rows(path)}").fetchall()
        fields = ", ".join(f"cast({quoted(name)} as varchar)" for name, *_ in described)
        self.con.execute(
            f"select file_row_number + 1, to_json([{fields}]) "
            f"from {parquet_rows(path, numbered=True)}"
        )
        rows = set()
        while batch := self.con.fetchmany(10_000):
            rows |= {int(n) for n, text in batch if self.matcher.is_meant(text, *countries)}
        return rows

    def _with_successor(
        self, change: Change, path: Path, lines: set[int], reading: Reading | None
    ) -> Change:
        folder = suppression.folder_settings(self.settings, change.table) if change.table else None
        if earlier := self._successors.get(path.resolve()):
            if earlier.lines == change.lines and earlier.rewritten:
                change.rewritten = earlier.rewritten
            else:
                change.is_left = True
                change.reason = f"it is {earlier.relative} by another link; erase again"
            return change
        self._successors[path.resolve()] = change
        try:
            change.rewritten = rewrite(path, lines, change.table, folder, reading)
        except (UnreadableFileError, OSError) as error:
            with suppress(OSError):
                part_of(path).unlink(missing_ok=True)
            change.reason = str(error) if isinstance(error, UnreadableFileError) else "unwritable"
        return change


def _scratch_loader(
    settings: Settings, contract: Contract, folder: Path, entries: list[Entry]
) -> Loader:
    scratch = replace(settings, home=folder)
    con = connect(scratch.warehouse)
    ensure_schema(con, contract)
    listed = [
        suppression.Suppression("", e.kind, e.hash, e.from_at, e.until_at, settings.as_of)
        for e in entries
    ]
    suppression.add(con, scratch, listed)
    return Loader(con, scratch, contract)


def withhold(settings: Settings, change: Change) -> bool:
    """Move a file out of the landing zone, for the owner alone; of a link, the file itself.

    False where its folder can't be written: then the file is left where it is.
    """
    relative = change.relative
    link = change.path or settings.landing / relative
    source = link.resolve()
    if not source.exists():
        # By another link to it, it has been moved already.
        link.unlink(missing_ok=True)
        return True
    target = settings.home / "withheld" / relative
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = 1
    while target.exists():
        target = target.with_name(f"{Path(relative).name}.{number}")
        number += 1
    try:
        shutil.move(source, target)
        target.chmod(0o600)
        if link.is_symlink():
            link.unlink()
    except OSError:
        # A copy of what could not be taken away would be one more place that holds it.
        if source.exists():
            target.unlink(missing_ok=True)
        change.is_left, change.reason = True, f"{change.reason}; it can't be moved away either"
        return False
    return True


def _waiting(root: Path) -> set[Path]:
    """Successors below a folder, and beside the files that its links lead to."""
    found = [entry.path for entry in walk(root) if entry.found]
    parts = {path.resolve() for path in found if path.name.endswith(SUFFIX) and path.name[0] == "."}
    return parts | {part_of(path) for path in found if path.is_symlink() and is_file(part_of(path))}


def finish_waiting(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Rename successors that the warehouse knows already, remove the others: what a kill left.

    Returns how many files were replaced.
    """
    replaced = 0
    for part in sorted(_waiting(settings.landing)):
        target = target_of(part)
        digest = landing.content_hash(part)
        known = con.execute(
            "select 1 from audit.files where content_hash = ? "
            "or (prefix_hash = ? and byte_end is not null)",
            [digest, digest],
        ).fetchone()
        if known and target.exists():
            part.replace(target)
            replaced += 1
        else:
            part.unlink()
    return replaced
