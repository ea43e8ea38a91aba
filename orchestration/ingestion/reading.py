"""How one file is read: its layout, and the SQL text of each contract column."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

import duckdb

from orchestration.ingestion import casting, parquet_values
from orchestration.ingestion.contract import Column, FieldOrder, Table
from orchestration.ingestion.cutter import Layout, RecordCutter
from orchestration.ingestion.headers import Header, known_names, read_header, required
from orchestration.ingestion.json_text import document_objects, is_document, objects_of_lines
from orchestration.ingestion.legacy_text import AUTO
from orchestration.ingestion.parquet_source import parquet_rows
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import (
    PARQUET_MAGIC,
    LongLineError,
    UnreadableFileError,
    line_blocks,
    magic_of,
)

#: Records looked at for a required column before a file counts as one of another format.
MOST_EXAMPLES = 100_000


class Form(Enum):
    """How the records of a file stand in it."""

    DELIMITED = auto()
    JSON_LINES = auto()
    JSON_DOCUMENT = auto()
    PARQUET = auto()


@dataclass
class Reading:
    """A file's columns as SQL over its fields: `f1`, `f2` … of a line, or a JSON `record`.

    `texts` has every contract column (`null` where the file has none), `extra` the unknown ones.
    `layout` is that of delimited text; `paths` are what is read from a JSON record.
    """

    form: Form
    fields: list[str]
    texts: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    skip_lines: int = 0
    #: SQL of the number of the order that a row's fields are in, null where it is in none.
    field_order: str | None = None
    paths: list[str] = field(default_factory=list)
    #: Keys of a JSON record of which nothing is lost when they are left out of `_extra`.
    whole_keys: list[str] = field(default_factory=list)
    #: What a header's label rows say of the columns, by name in the header.
    labels: dict[str, str] = field(default_factory=dict)
    #: The names under which the file delivers its columns, as far as they were read.
    names: list[str] = field(default_factory=list)
    #: SQL of whether a column's number may have lost digits before it was delivered.
    inexact: dict[str, str] = field(default_factory=dict)
    #: The values of a Parquet file's columns, as SQL by name, that make up a JSON record.
    columns: dict[str, str] = field(default_factory=dict)
    #: The zone that the file itself gives its times.
    time_zone: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether `fields` are read from a JSON record."""
        return bool(self.paths)


def read_layout(
    con: duckdb.DuckDBPyConnection, path: Path, table: Table, settings: SourceSettings
) -> Reading | None:
    """How to read a file, or None where it is empty.

    Raises UnreadableFileError where it is unreadable, of another format, or lacks a required
    column. Messages hold no value of the file.
    """
    if path.stat().st_size == 0:
        return None
    if magic_of(path) == PARQUET_MAGIC:
        return _parquet(con, path, table, settings)
    try:
        head = _head(path, settings.encoding)
    except LongLineError:
        if not table.dialect.is_json:
            raise
        return json_reading(Form.JSON_DOCUMENT, table, settings)
    if head is None:
        return None
    if table.dialect.is_json and _looks_like_json(head):
        if is_document(head, table.dialect.records):
            return json_reading(Form.JSON_DOCUMENT, table, settings)
        examples = objects_of_lines(head)
        if _missing(table, settings, examples):
            # What the first records lack may come later.
            examples = objects_of_lines(head, limit=MOST_EXAMPLES)
        return json_reading(Form.JSON_LINES, table, settings, examples)
    if head.startswith(b"\n"):
        raise UnreadableFileError("the first line is empty; the header must stand in line 1")
    if table.dialect.is_json and not table.dialect.header:
        raise UnreadableFileError(
            f"this is no JSON: {table.family}/{table.format} takes an object a line, or an array"
        )
    header = read_header(head, table, settings)
    if header is None:
        return _without_header(head.split(b"\n", 1)[0], table, settings)
    return _with_header(header, table, settings)


def _looks_like_json(head: bytes) -> bool:
    return head.lstrip().startswith((b"{", b"[")) or bool(objects_of_lines(head))


def _head(path: Path, encoding: str) -> bytes | None:
    """The first block that isn't blank, from its first line on."""
    return next((block for block in line_blocks(path, encoding) if block.strip()), None)


def _with_header(header: Header, table: Table, settings: SourceSettings) -> Reading:
    fields = [f"f{number}" for number in range(1, len(header.names) + 1)]
    known = known_names(table)
    # Where the header has codes only, the row below it has the names.
    names = [
        header.labels.get(name, "")
        if name.lower() not in known and header.labels.get(name, "").lower() in known
        else name
        for name in header.names
    ]
    texts, extra = _by_name(dict(zip(fields, names, strict=True)), table, settings)
    layout = Layout(header.delimiter.encode(), b'"', frozenset({len(header.names)}))
    return Reading(
        Form.DELIMITED,
        fields,
        texts,
        extra,
        layout,
        skip_lines=header.lines,
        labels={name.lower(): label for name, label in header.labels.items() if label},
        names=names,
        time_zone=header.time_zone,
    )


def _parquet(
    con: duckdb.DuckDBPyConnection, path: Path, table: Table, settings: SourceSettings
) -> Reading:
    try:
        described = con.execute(f"describe from {parquet_rows(path)}").fetchall()
    except duckdb.Error as error:
        raise UnreadableFileError(
            "the Parquet file is damaged or cut off; deliver it again"
        ) from error
    columns = [(name, kind) for name, kind, *_ in described]
    names = [name for name, _ in columns]
    if table.dialect.is_json:
        reading = json_reading(Form.PARQUET, table, settings, flat=names)
        reading.columns = {
            name: parquet_values.json_value(name, kind, settings) for name, kind in columns
        }
        reading.names = names
        return reading
    texts = {name: parquet_values.text(name, kind, settings) for name, kind in columns}
    mapped, extra = _by_name({text: name for name, text in texts.items()}, table, settings)
    inexact = {
        column.name: condition
        for name, kind in columns
        for column in table.columns
        if (condition := parquet_values.is_inexact(name, kind, column))
        and texts[name] in mapped[column.name]
    }
    return Reading(Form.PARQUET, [], mapped, extra, inexact=inexact, names=names)


def _by_name(
    delivered: dict[str, str], table: Table, settings: SourceSettings
) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of our columns, and of the unknown ones, from `{field expression: header name}`."""
    known = known_names(table)
    mapped = {theirs.strip().lower(): ours for theirs, ours in settings.columns.items()}
    known |= {theirs: (-1, ours) for theirs, ours in mapped.items()}
    found: dict[str, tuple[int, str]] = {}
    extra: dict[str, str] = {}
    for expression, name in sorted(
        delivered.items(), key=lambda item: known.get(item[1].lower(), (0, ""))[0]
    ):
        lowered = name.lower()
        rank, ours = known.get(lowered, (0, ""))
        if ours and ours not in found:
            found[ours] = rank, expression
        elif ours and rank == found[ours][0]:
            raise UnreadableFileError(f"two columns are named or mapped {ours}")
        else:
            unknown = lowered or f"column_{len(found) + len(extra) + 1}"
            while unknown in extra:
                unknown += "_"
            extra[unknown] = expression
    # A header that several columns name feeds them all, as a path in a JSON record does.
    headers = {name.lower(): expression for expression, name in delivered.items()}
    for column in table.columns:
        shared = [name.lower() for name in column.names if name.lower() in headers]
        if column.name not in found and shared:
            found[column.name] = 0, headers[shared[0]]
    missing = [
        column.name
        for column in required(table)
        if column.name not in found and column.name not in settings.constants
    ]
    if missing:
        raise UnreadableFileError(
            f"required column {', '.join(missing)} missing; {len(found)} of {len(delivered)} "
            f"columns are known: map theirs under `columns` in _source.yml, or move the file to "
            f"the folder of its format"
        )
    expressions = {name: expression for name, (_, expression) in found.items()}
    return _texts(expressions, table, settings), extra


def _without_header(first: bytes, table: Table, settings: SourceSettings) -> Reading:
    dialect = table.dialect
    delimiter = settings.delimiter or dialect.delimiter
    most = max(len(order.columns) for order in dialect.layouts)
    quote = dialect.quote.encode() or None
    layout = Layout(delimiter.encode(), quote, frozenset(range(dialect.min_fields, most + 1)))
    fields = [f"f{number}" for number in range(1, most + 1)]
    parsed = RecordCutter(layout).parse(first)
    if isinstance(parsed, list) and len(parsed) == 1:
        raise UnreadableFileError(
            f"the first line has one field where {layout.expected} are expected: "
            f"this is no {table.family}/{table.format} file"
        )
    orders = dialect.layouts
    if len(orders) == 1:
        found = {name: f"f{number}" for number, name in enumerate(orders[0].columns, start=1)}
        return Reading(Form.DELIMITED, fields, _texts(found, table, settings), {}, layout)
    # The first order that fits is the row's.
    cases = " ".join(
        f"when {_condition(order)} then {number}" for number, order in enumerate(orders)
    )
    found = {}
    for column in table.columns:
        places = " ".join(
            f"when {number} then f{order.columns.index(column.name) + 1}"
            for number, order in enumerate(orders)
            if column.name in order.columns
        )
        if places:
            found[column.name] = f"case field_order {places} end"
    return Reading(
        Form.DELIMITED,
        fields,
        _texts(found, table, settings),
        {},
        layout,
        field_order=f"case {cases} end",
    )


def _condition(order: FieldOrder) -> str:
    tests = []
    for position, data_type in order.when.items():
        probe = Column("probe", data_type, clock="local")
        tests.append(f"({casting.cast(probe, f'trim(f{position})', 'UTC')}) is not null")
    return f"coalesce({' and '.join(tests) or 'true'}, false)"


def _texts(found: dict[str, str], table: Table, settings: SourceSettings) -> dict[str, str]:
    texts = {}
    for column in table.columns:
        name = column.name
        if name in found:
            text = casting.coded(found[name], settings.codes.get(name, {}))
            if name in settings.constants:
                text = f"coalesce({text}, {casting.literal(settings.constants[name])})"
        elif name in settings.constants:
            text = casting.literal(settings.constants[name])
        else:
            text = "null"
        texts[name] = text
    return texts


def json_reading(
    form: Form,
    table: Table,
    settings: SourceSettings,
    examples: Sequence[dict[str, Any]] = (),
    flat: Collection[str] = (),
) -> Reading:
    """How to read JSON records: the paths of all columns, the first that holds something wins.

    `examples` are some of the file's records; `flat` are dotted names that are keys as they stand.
    Raises UnreadableFileError where a required column is in none of the examples.
    """
    if missing := _missing(table, settings, examples):
        column, names = missing
        raise UnreadableFileError(
            f"required column {column} missing: none of the first {len(examples)} records "
            f"has {' or '.join(names)}: map theirs under `columns` in _source.yml, or move the "
            f"file to the folder of its format"
        )
    flat = {*flat, *(key for example in examples for key in example if "." in key)}
    paths: list[str] = []
    found: dict[str, str] = {}
    whole = set()
    for column_of_ours in table.columns:
        names = _names_of(column_of_ours, settings)
        whole |= {name for name in names if "." not in name or name in flat}
        places = []
        for name in names:
            paths.append(json_path(name, flat))
            places.append(f"nullif(fields[{len(paths)}], '')")
        found[column_of_ours.name] = (
            places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"
        )
    extra = {}
    if settings.consent_field and ":" not in settings.consent_field:
        paths.append(json_path(settings.consent_field, flat))
        extra[settings.consent_field.lower()] = f"fields[{len(paths)}]"
    texts = _texts(found, table, settings)
    keys = list(dict.fromkeys(key for example in examples for key in example))
    return Reading(form, [], texts, extra, paths=paths, whole_keys=sorted(whole), names=keys)


def _names_of(column: Column, settings: SourceSettings) -> tuple[str, ...]:
    """The names under which a column may come, the folder's own first."""
    mapped = [theirs for theirs, ours in settings.columns.items() if ours == column.name]
    return (*mapped, *column.names)


def _missing(
    table: Table, settings: SourceSettings, examples: Sequence[dict[str, Any]]
) -> tuple[str, tuple[str, ...]] | None:
    """A required column that none of the records has, and its names."""
    if not examples:
        return None
    for column in required(table):
        names = _names_of(column, settings)
        if column.name not in settings.constants and not any(
            holds(example, name) for example in examples for name in names
        ):
            return column.name, names
    return None


def json_path(name: str, flat: Collection[str] = ()) -> str:
    """The engine's path of a dotted name; a number is a place in an array, from 0.

    Names in `flat` are keys as they stand.
    """
    if name in flat:
        return f'$."{name}"'
    parts = name.split(".")
    keys = (part.replace("\\", "\\\\").replace('"', '\\"') for part in parts)
    return "$" + "".join(f"[{key}]" if key.isdigit() else f'."{key}"' for key in keys)


def holds(record: dict[str, Any], name: str) -> bool:
    """Whether a record has something at a dotted name."""
    if record.get(name) not in (None, ""):
        return True
    at: Any = record
    for part in name.split("."):
        if isinstance(at, list) and part.isdigit():
            at = at[int(part)] if int(part) < len(at) else None
        else:
            at = at.get(part) if isinstance(at, dict) else None
    return at not in (None, "")


def header_names(con: duckdb.DuckDBPyConnection, path: Path, table: Table) -> list[str]:
    """The names under which a file delivers its columns, none where it has no header.

    Raises UnreadableFileError.
    """
    if path.stat().st_size and magic_of(path) == PARQUET_MAGIC:
        described = con.execute(f"describe from {parquet_rows(path)}").fetchall()
        return [name for name, *_ in described]
    try:
        head = _head(path, AUTO)
    except LongLineError:
        head = b"["
    if head is None:
        return []
    if table.dialect.is_json and _looks_like_json(head):
        if is_document(head, table.dialect.records):
            records = document_objects(path, table.dialect.records)
        else:
            records = objects_of_lines(head)
        return list(dict.fromkeys(key for record in records for key in record))
    header = read_header(head, table, SourceSettings(delivery=table.delivery))
    return header.names if header else []
