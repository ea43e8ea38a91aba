"""Which format a file looks like, whatever folder it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Column, Contract, Table
from orchestration.ingestion.cutter import RecordCutter
from orchestration.ingestion.headers import required
from orchestration.ingestion.json_text import document_objects, objects_of_lines
from orchestration.ingestion.legacy_text import AUTO
from orchestration.ingestion.reading import Form, Reading, holds, read_layout
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import UnreadableFileError, line_blocks

#: A file whose columns are mostly unknown looks like nothing that we know.
LEAST_SHARE = 0.5
#: Another format that knows so many times as many columns fits clearly better.
CLEARLY = 2


def likely_format(
    con: duckdb.DuckDBPyConnection, path: Path, contract: Contract, folder: Table | None = None
) -> str | None:
    """`family/format` whose columns a file has, or None where it looks like none but `folder`'s."""
    best: tuple[float, int, Table] | None = None
    for table in contract:
        try:
            reading = read_layout(con, path, table, SourceSettings(delivery=table.delivery))
            if reading is None:
                return None
            share, known = _fit(con, path, table, reading)
        except (UnreadableFileError, OSError):
            continue
        if share >= LEAST_SHARE and (best is None or (share, known) > best[:2]):
            best = share, known, table
    return None if best is None or best[2] == folder else _name(best[2])


def better_format(
    reading: Reading, table: Table, settings: SourceSettings, contract: Contract
) -> Better | None:
    """The format that knows more of a file's named columns than that of its folder does."""
    names = {name.lower() for name in reading.names if name}
    ours = {*_known(table), *(theirs.strip().lower() for theirs in settings.columns)}
    here = len(names & ours)
    if here == len(names):
        return None
    is_json = reading.form is Form.JSON_LINES
    best: Better | None = None
    for other in contract:
        known = len(names & _known(other))
        if (
            other != table
            and known > (best.there if best else here)
            and known >= LEAST_SHARE * len(names)
            and (other.dialect.is_json if is_json else bool(other.dialect.header))
            and all(names & _heads(column) for column in required(other))
        ):
            best = Better(_name(other), here, known, len(names))
    return best


@dataclass(frozen=True)
class Better:
    """Another format than that of a file's folder, and how many of its columns each knows."""

    name: str
    here: int
    there: int
    columns: int

    @property
    def is_clear(self) -> bool:
        """Whether the file is in the wrong folder: half of its columns or more are unknown."""
        return self.here <= LEAST_SHARE * self.columns and self.there >= CLEARLY * self.here

    @property
    def reason(self) -> str:
        """Why the file isn't loaded where it stands."""
        return (
            f"this looks like {self.name}, which knows {self.there} of its {self.columns} columns, "
            f"and this folder's format {self.here}: move the file there, or map its columns under "
            "`columns` in _source.yml"
        )


def _name(table: Table) -> str:
    return f"{table.family}/{table.format}"


def _known(table: Table) -> set[str]:
    """Names of the columns of a file, or of the keys of its records, that a format knows."""
    return {name for column in table.columns for name in _heads(column)}


def _heads(column: Column) -> set[str]:
    names = {name.lower() for name in column.names}
    return names | {name.split(".")[0] for name in names}


def _fit(
    con: duckdb.DuckDBPyConnection, path: Path, table: Table, reading: Reading
) -> tuple[float, int]:
    """The share of a file's columns that a format knows, and their number."""
    if reading.form in {Form.JSON_LINES, Form.JSON_DOCUMENT}:
        return _fit_of_records(path, table, reading)
    if reading.layout and not reading.skip_lines:
        return _fit_of_line(con, path, reading)
    known = sum(text != "null" for text in reading.texts.values())
    return known / max(known + len(reading.extra), 1), known


def _fit_of_records(path: Path, table: Table, reading: Reading) -> tuple[float, int]:
    """The fit of JSON: the first records have what is required, and hardly a key is unknown."""
    if reading.form is Form.JSON_DOCUMENT:
        records = document_objects(path, table.dialect.records)
    else:
        records = objects_of_lines(next(line_blocks(path, AUTO), b""))
    if not all(
        any(holds(record, name) for record in records for name in column.names)
        for column in table.columns
        if column.required
    ):
        return 0.0, 0
    keys = {key for record in records for key in record}
    known = len(keys & set(reading.whole_keys))
    return known / max(len(keys), 1), known


def _fit_of_line(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> tuple[float, int]:
    """The fit of a file without header: the first line has the fields in a known order."""
    assert reading.layout is not None
    first = next(line_blocks(path, AUTO), b"").split(b"\n", 1)[0]
    fields = RecordCutter(reading.layout).parse(first)
    if isinstance(fields, str) or len(fields) not in reading.layout.field_counts:
        return 0.0, 0
    if reading.field_order:
        texts = [field.decode() for field in fields]
        texts += [""] * (len(reading.fields) - len(texts))
        names = ", ".join(f"nullif(?, '') as {name}" for name in reading.fields)
        row = con.execute(f"select {reading.field_order} from (select {names})", texts).fetchone()
        if row is None or row[0] is None:
            return 0.0, 0
    return 1.0, len(fields)
