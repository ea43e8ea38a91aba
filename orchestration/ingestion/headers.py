"""The head of a delimited file: its delimiter, its names, and the rows that explain them."""

from __future__ import annotations

import json
import re
import zoneinfo
from dataclasses import dataclass

from orchestration.ingestion.contract import Column, Table
from orchestration.ingestion.cutter import OPEN, Layout, RecordCutter
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import UnreadableFileError

DELIMITERS = (",", ";", "\t", "|")
#: Stands in the row of import ids that Qualtrics puts below its header.
IMPORT_ID = '"ImportId"'
LONGEST_LABEL_LINES = 200
#: Types whose values no label is written like: a year first, or a whole number.
TYPED = frozenset({"timestamp", "date", "bigint"})
VALUE = re.compile(r"\d{4}[-/]\d|\d+$")
LONGEST_HEADER_LINES = 20
LINE_ENDS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Header:
    """What the head of a table says; `lines` is how many it takes, `labels` are by name.

    `time_zone` is the zone that it says its times are on, if any.
    """

    delimiter: str
    names: list[str]
    lines: int
    labels: dict[str, str]
    time_zone: str | None = None


def read_header(head: bytes, table: Table, settings: SourceSettings) -> Header | None:
    """What the head of a file says of its columns, or None for a file without header."""
    if table.dialect.header is False:
        return None
    known = {*known_names(table), *(name.lower() for name in settings.columns)}
    lines = head.split(b"\n", LONGEST_HEADER_LINES)[:LONGEST_HEADER_LINES]
    best: tuple[int, str, list[str], int] | None = None
    for delimiter in (settings.delimiter,) if settings.delimiter else DELIMITERS:
        found = _names(lines, delimiter)
        if found is None:
            continue
        names, used = found
        score = sum(name.lower() in known for name in names)
        if best is None or score > best[0]:
            best = (score, delimiter, names, used)
    if best is None:
        raise UnreadableFileError("the header holds a quote that isn't closed")
    score, delimiter, names, used = best
    if table.dialect.header == "optional" and score < len(required(table)):
        return None
    types = {name: table.by_name[ours].data_type for name, (_, ours) in known_names(table).items()}
    places = [place for place, name in enumerate(names) if types.get(name.lower()) in TYPED]
    below = head.split(b"\n")[used:]
    rows, used_below = _label_rows(below, delimiter, len(names), table.dialect.label_rows, places)
    labels = {}
    for column in zip(names, *rows, strict=True):
        said = [text for text in column[1:] if text]
        labels[column[0]] = said[0] if said else ""
    zone = _time_zone(rows) if settings.trust_offsets else None
    return Header(delimiter, names, used + used_below, labels if rows else {}, zone)


def _time_zone(rows: list[list[str]]) -> str | None:
    """The zone that the import ids of an export give its times. Raises UnreadableFileError."""
    zones = {zone for row in rows for text in row if (zone := _zone_of_import_id(text))}
    if len(zones) > 1:
        raise UnreadableFileError(
            "the import ids below the header give times several zones; export them on one clock"
        )
    zone = next(iter(zones), None)
    if zone is None or zone.upper() in {"Z", "UTC", "GMT"}:
        return zone and "UTC"
    try:
        return zoneinfo.ZoneInfo(zone).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnreadableFileError(
            "the time zone in the import ids below the header is no IANA zone such as "
            "Europe/Paris; export the times on another clock"
        ) from error


def _zone_of_import_id(text: str) -> str | None:
    if IMPORT_ID not in text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    zone = found.get("timeZone") if isinstance(found, dict) else None
    return zone.strip() if isinstance(zone, str) else None


def _names(lines: list[bytes], delimiter: str) -> tuple[list[str], int] | None:
    """The names of a header and the lines it takes, as a quoted name may hold ends of lines."""
    cutter = RecordCutter(Layout(delimiter.encode(), b'"', frozenset({1})))
    parsed = cutter.parse(lines[0])
    used = 1
    while parsed == OPEN and used < len(lines):
        used += 1
        parsed = cutter.parse(b"\n".join(lines[:used]))
    if isinstance(parsed, str):
        return None
    if used > 1:
        # Rows of the header's own width show that its quote was never meant.
        width = RecordCutter(Layout(delimiter.encode(), b'"', frozenset({len(parsed)})))
        if width.swallows([*lines[:used], b""]):
            return None
    return [LINE_ENDS.sub(" ", name.decode()).strip() for name in parsed], used


def _label_rows(
    lines: list[bytes], delimiter: str, width: int, most: int, typed: list[int]
) -> tuple[list[list[str]], int]:
    """The rows below the header that explain its columns, and the physical lines they take.

    The first does unless it has values where `typed` columns stand; a further one only where it
    holds the vendor's import ids.
    """
    cutter = RecordCutter(Layout(delimiter.encode(), b'"', frozenset({width})))
    rows: list[list[str]] = []
    used = 0
    while len(rows) < most and used < len(lines):
        end = used + 1
        parsed = cutter.parse(lines[used])
        while isinstance(parsed, str) and end < min(len(lines), used + LONGEST_LABEL_LINES):
            end += 1
            parsed = cutter.parse(b"\n".join(lines[used:end]))
        if isinstance(parsed, str) or len(parsed) != width:
            break
        texts = [field.decode().strip() for field in parsed]
        if rows and not any(IMPORT_ID in text for text in texts):
            break
        if not rows and any(VALUE.match(texts[place]) for place in typed):
            break
        rows.append(texts)
        used = end
    return rows, used


def required(table: Table) -> list[Column]:
    """The columns without which a file is none of a table's."""
    return [column for column in table.columns if column.required]


def known_names(table: Table) -> dict[str, tuple[int, str]]:
    """The names under which a table's columns are delivered: rank (0 is best) and our name."""
    known: dict[str, tuple[int, str]] = {}
    for column in table.columns:
        for rank, name in enumerate(column.names):
            known.setdefault(name.lower(), (rank, column.name))
    return known
