"""A file's rows into the warehouse, part by part, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import crawleruseragents
import duckdb
import pyarrow as pa

from orchestration.ingestion import load_sql
from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Table
from orchestration.ingestion.json_text import spool_document
from orchestration.ingestion.load_sql import FileContext
from orchestration.ingestion.parquet_source import parquet_footer
from orchestration.ingestion.part import BadLine, Part
from orchestration.ingestion.portion import Portion
from orchestration.ingestion.reading import Form, Reading
from orchestration.ingestion.spool import PART_RECORDS, spool
from orchestration.ingestion.values import Identifier, identify
from orchestration.settings import Settings, SettingsError, key_fingerprint

HASHED_KINDS = frozenset({"phone", "email", "handle", "login"})

#: Below so many records the engine's optimizer costs more than it saves: its time goes by columns.
#: At 100 records of Mastodon it was 190 of 210 ms, at 2,000 of GA4 both ways cost the same.
SMALL_PART = 1_000


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


@dataclass(frozen=True)
class Source:
    """Where the records of a part stand for the engine, and how ordinals become lines."""

    records: str
    part: Part


class PartLoader:
    """Types, hashes and inserts parts over one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.con = con
        self.settings = settings
        self.work = settings.state / "spool"
        self._key: bytes | None = None
        self._bots: dict[str, bool] = {}

    def load(
        self, path: Path, table: Table, reading: Reading, context: FileContext, portion: Portion
    ) -> Counts:
        """Insert a file's good rows and quarantine the others. Raises UnreadableFileError."""
        self.work.mkdir(parents=True, exist_ok=True)
        self.con.execute(f"set TimeZone = {literal(load_sql.zone_of(table, context.settings))}")
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
            with self._planned_as_written(part.records < SMALL_PART):
                self.con.execute(load_sql.incoming(table, reading, context, source.records))
                self._find_identifiers(table, reading, context.settings.country)
            self._keep_identifiers(context.settings.country)
            line, runs = self._lines(part)
            statement = load_sql.insert(table, reading, context, line, runs)
            with self._planned_as_written(part.records < SMALL_PART):
                inserted = self.con.execute(statement).fetchone()
            counts.loaded += inserted[0] if inserted else 0
            bad += self._misfits(source, line, runs, is_parquet=reading.form is Form.PARQUET)
        self._quarantine(context.file_id, bad)
        counts.quarantined += len(bad)

    def _lines(self, part: Part) -> tuple[str, str]:
        """SQL of a row's physical line, and the join that it needs."""
        if len(part.runs) == 1:
            ordinal, line = part.runs[0]
            return f"incoming.ordinal + {line - ordinal}", ""
        runs = pa.table(
            {
                "first_ordinal": pa.array([run[0] for run in part.runs], pa.int64()),
                "first_line": pa.array([run[1] for run in part.runs], pa.int64()),
            }
        )
        self.con.register("runs_delivered", runs)
        self.con.execute("create or replace temp table runs as from runs_delivered")
        self.con.unregister("runs_delivered")
        return (
            "runs.first_line + incoming.ordinal - runs.first_ordinal",
            "asof join runs on incoming.ordinal >= runs.first_ordinal",
        )

    @contextmanager
    def _planned_as_written(self, is_so: bool) -> Iterator[None]:
        """Statements on few rows of many columns, without the engine's optimizer.

        A failed one ends the transaction: `after_rollback` asks for the optimizer again.
        """
        if is_so:
            self.con.execute("pragma disable_optimizer")
        yield
        if is_so:
            self.con.execute("pragma enable_optimizer")

    def _find_identifiers(self, table: Table, reading: Reading, country: str) -> None:
        """Fill temp table `lookup` with what is known of each distinct identifier of the part."""
        statement = load_sql.distinct_identifiers(table, reading)
        by_kind: dict[str, list[str]] = {}
        for kind, value in self.con.execute(statement).fetchall() if statement else []:
            by_kind.setdefault(kind, []).append(value)
        rows: list[tuple[str, Identifier]] = []
        for kind, values in by_kind.items():
            if kind == "user_agent":
                rows += [(kind, self._user_agent(value)) for value in values]
            else:
                key = self._require_key() if kind in HASHED_KINDS else b""
                rows += [(kind, found) for found in identify(kind, values, country, key)]
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
        self.con.execute("create or replace temp table lookup as from identifiers_found")
        self.con.unregister("identifiers_found")

    def _keep_identifiers(self, country: str) -> None:
        """Add what is new in `lookup` to the identifiers of the warehouse."""
        self.con.execute(
            "insert into restricted.identifier_values "
            "select kind, ?, value, normalised, hash, status from lookup where hash is not null "
            "and not exists (from restricted.identifier_values as known where "
            "known.kind = lookup.kind and known.country = ? and known.value = lookup.value)",
            [country, country],
        )

    def _user_agent(self, value: str) -> Identifier:
        if value not in self._bots:
            self._bots[value] = crawleruseragents.is_crawler(value)
        return Identifier(value, None, None, "bot" if self._bots[value] else "human")

    def after_rollback(self) -> None:
        """Ask for the key again, as what the warehouse knew of it is gone; reset what was set."""
        self._key = None
        self.con.execute("pragma enable_optimizer")
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

    def _misfits(self, source: Source, line: str, runs: str, *, is_parquet: bool) -> list[BadLine]:
        """Rows of `incoming` whose values don't fit their columns."""
        rows = self.con.execute(
            f"select incoming.ordinal, {line}, problem from incoming {runs} "
            "where problem is not null order by 1"
        ).fetchall()
        if not rows:
            return []
        ordinals = [ordinal for ordinal, _, _ in rows]
        if is_parquet:
            self.con.execute(
                f"select {load_sql.ORDINAL}, to_json(delivered) from {source.records} as delivered "
                f"where list_contains(?, {load_sql.ORDINAL})",
                [ordinals],
            )
            texts = dict(self.con.fetchall())
        else:
            texts = source.part.texts(ordinals)
        return [BadLine(number, problem, texts[ordinal]) for ordinal, number, problem in rows]

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
