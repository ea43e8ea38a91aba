"""A file's rows into the warehouse, part by part, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.ingestion import load_sql
from orchestration.ingestion.callbacks import Callbacks
from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Table
from orchestration.ingestion.json_text import spool_document
from orchestration.ingestion.load_sql import FileContext, Source
from orchestration.ingestion.parquet_source import parquet_footer
from orchestration.ingestion.part import BadLine, Part
from orchestration.ingestion.portion import Portion
from orchestration.ingestion.reading import Form, Reading
from orchestration.ingestion.spool import PART_RECORDS, spool
from orchestration.settings import Settings, SettingsError, key_fingerprint

#: Below so many records the engine's optimizer costs more than it saves: its time goes by columns.
#: At 100 records of Mastodon it was 190 of 210 ms, at 2,000 of GA4 both ways cost the same.
SMALL_PART = 1_000


#: A filter that moves down casts each value twice, one that moves up has misfits hashed; whatever
#: the engine guesses of a part, the user agents are the fewer; and a list of ten words is compared
#: quicker than joined.
UNWANTED_PLANS = "filter_pullup, filter_pushdown, build_side_probe_side, in_clause"


@dataclass
class Counts:
    """Rows of a file: as counted by the cutter (or Parquet's footer), loaded, quarantined, dropped.

    Suppressed rows are those of people who were erased.
    `lines` is the number of physical lines used.
    """

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    suppressed: int = 0
    lines: int = 0


class PartLoader:
    """Types, hashes and inserts parts over one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.con = con
        self.settings = settings
        self.work = settings.state / "spool"
        self.callbacks = Callbacks(con, settings)
        self._key: bytes | None = None

    def load(
        self, path: Path, table: Table, reading: Reading, context: FileContext, portion: Portion
    ) -> Counts:
        """Insert a file's good rows and quarantine the others. Raises UnreadableFileError."""
        self.work.mkdir(parents=True, exist_ok=True)
        zone = load_sql.zone_of(table, context.settings, reading)
        self.con.execute(f"set TimeZone = {literal(zone)}")
        # A header alone takes lines too, though no part tells of it.
        counts = Counts(lines=0 if portion.start else reading.skip_lines)
        try:
            for source in self._sources(path, table, reading, context, portion):
                self._load_part(table, reading, context, source, counts)
            self.con.execute("set TimeZone = 'UTC'")
        finally:
            for left in self.work.iterdir():
                left.unlink()
        return counts

    def _sources(
        self, path: Path, table: Table, reading: Reading, context: FileContext, portion: Portion
    ) -> Iterator[Source]:
        if reading.form is Form.PARQUET:
            yield from self._parquet(path, reading)
            return
        nothing = context.settings.null_values or table.dialect.null_values
        if reading.form is Form.JSON_DOCUMENT:
            parts = spool_document(
                path,
                self.work,
                fallback_encoding=context.settings.encoding,
                keys=table.dialect.records,
            )
        else:
            parts = spool(
                path,
                reading.layout,
                self.work,
                fallback_encoding=context.settings.encoding,
                start=portion.start,
                stop=portion.stop,
                first_line=portion.first_line,
                # Only a portion that begins with the file begins with its header.
                skip_lines=0 if portion.start else reading.skip_lines,
            )
        for part in parts:
            if reading.is_json:
                lines = load_sql.lines_of_part(part)
                yield Source(load_sql.records_of_json(lines, reading), part)
            else:
                yield Source(load_sql.records_of_text(part, reading, nothing), part)

    def _parquet(self, path: Path, reading: Reading) -> Iterator[Source]:
        # The footer's count is the writer's own.
        total = self.con.execute(f"select num_rows from {parquet_footer(path)}").fetchone()
        rows = total[0] if total else 0
        for first in range(0, rows, PART_RECORDS):
            count = min(PART_RECORDS, rows - first)
            records = load_sql.records_of_parquet(path, reading.names, first, count)
            if reading.is_json:
                records = load_sql.json_of_parquet(records, reading.columns)
                records = load_sql.records_of_json(records, reading)
            yield Source(records, Part(path, count, [(1, first + 1)]))

    def _load_part(
        self, table: Table, reading: Reading, context: FileContext, source: Source, counts: Counts
    ) -> None:
        part = source.part
        counts.read += part.records + len(part.bad)
        counts.lines = max(counts.lines, part.lines_used)
        bad = list(part.bad)
        if part.records:
            country = context.settings.country
            self.callbacks.begin(self.con, country, part.runs)
            statement = load_sql.insert(table, reading, context, source, self.callbacks.names)
            with self._planned_for(part.records):
                inserted = self._call(statement)
            counts.loaded += inserted
            if self.callbacks.found.needs_key:
                self._require_key()
            self._keep_identifiers(country)
            bad += self._misfits(source, is_parquet=reading.form is Form.PARQUET)
        self._quarantine(context.file_id, bad)
        counts.quarantined += len(bad)

    def _call(self, statement: str) -> int:
        """The rows that a statement inserted. Raises what a callback raised."""
        try:
            inserted = self.con.execute(statement).fetchone()
        except duckdb.Error as error:
            if self.callbacks.failure is not None:
                raise self.callbacks.failure from error
            raise
        return int(inserted[0]) if inserted else 0

    @contextmanager
    def _planned_for(self, records: int) -> Iterator[None]:
        """Statements as the engine plans them best for so many records of many columns.

        A failed one ends the transaction: `after_rollback` resets the planning.
        """
        if records < SMALL_PART:
            self.con.execute("pragma disable_optimizer")
        else:
            self.con.execute(f"set disabled_optimizers = '{UNWANTED_PLANS}'")
        yield
        self._plan_as_usual()

    def _plan_as_usual(self) -> None:
        self.con.execute("pragma enable_optimizer")
        self.con.execute("set disabled_optimizers = ''")

    def _keep_identifiers(self, country: str) -> None:
        """Add what is new of a part to the identifiers of the warehouse."""
        rows = [
            (kind, row)
            for kind, known in self.callbacks.found.identifiers.items()
            for row in known.values()
            if row.hash is not None
        ]
        if not rows:
            return
        found = pa.table(
            {
                "kind": pa.array([kind for kind, _ in rows], pa.string()),
                "value": pa.array([row.value for _, row in rows], pa.string()),
                "normalised": pa.array([row.normalised for _, row in rows], pa.string()),
                "hash": pa.array([row.hash for _, row in rows], pa.string()),
                "status": pa.array([row.status for _, row in rows], pa.string()),
            }
        )
        self.con.register("identifiers_found", found)
        self.con.execute(
            "insert into restricted.identifier_values "
            "select kind, ?, value, normalised, hash, status from identifiers_found as found "
            "where not exists (from restricted.identifier_values as known where "
            "known.kind = found.kind and known.country = ? and known.value = found.value)",
            [country, country],
        )
        self.con.unregister("identifiers_found")

    def after_rollback(self) -> None:
        """Ask for the key and tell of agents again (both forgotten); reset what was set."""
        self._key = None
        self.callbacks.after_rollback()
        self._plan_as_usual()
        self.con.execute("set TimeZone = 'UTC'")

    def _require_key(self) -> bytes:
        """The key, if the hashes already made are its own. Raises SettingsError."""
        if self._key is None:
            key = self.settings.require_key()
            fingerprint = key_fingerprint(key)
            known = self.con.execute("select fingerprint from audit.key_fingerprint").fetchone()
            if known and known[0] != fingerprint:
                raise SettingsError(
                    "PASSERELLE_HMAC_KEY isn't the key that this warehouse's hashes were made "
                    "with: nothing would join. Restore the former key, or build a new home."
                )
            if not known:
                self.con.execute(
                    "insert into audit.key_fingerprint values (?, ?)",
                    [fingerprint, datetime.now(UTC).replace(tzinfo=None)],
                )
            self._key = key
        return self._key

    def _misfits(self, source: Source, *, is_parquet: bool) -> list[BadLine]:
        """Rows of a part whose values don't fit their columns."""
        misfits = sorted(self.callbacks.found.misfits)
        if not misfits:
            return []
        ordinals = [ordinal for ordinal, _ in misfits]
        if is_parquet:
            self.con.execute(
                f"select {load_sql.ORDINAL}, to_json(delivered) from {source.records} as delivered "
                f"where list_contains(?, {load_sql.ORDINAL})",
                [ordinals],
            )
            texts = dict(self.con.fetchall())
        else:
            texts = source.part.texts(ordinals)
        return [
            BadLine(self.callbacks.line_of(ordinal), problem, texts[ordinal])
            for ordinal, problem in misfits
        ]

    def _quarantine(self, file_id: str, bad: list[BadLine]) -> None:
        if not bad:
            return
        split = [row.reason.split("|", 1) if "|" in row.reason else ["", row.reason] for row in bad]
        rows = pa.table(
            {
                "file_id": pa.array([file_id] * len(bad), pa.string()),
                "line": pa.array([row.line for row in bad], pa.int64()),
                "field": pa.array([name or None for name, _ in split], pa.string()),
                "reason": pa.array([reason for _, reason in split], pa.string()),
                "text": pa.array([row.text for row in bad], pa.string()),
            }
        )
        self.con.register("bad_rows", rows)
        self.con.execute(
            "insert into audit.quarantine select file_id, line, field, reason, "
            "file_id || ':' || line, cast(? as timestamp) from bad_rows",
            [datetime.now(UTC).replace(tzinfo=None)],
        )
        self.con.execute(
            "insert into restricted.quarantine_rows select file_id, line, text from bad_rows"
        )
        self.con.unregister("bad_rows")
