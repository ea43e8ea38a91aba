"""How one file is read: its layout, and the SQL text of each contract column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.ingestion import casting
from orchestration.ingestion.contract import Column, FieldOrder, Table
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.spool import Layout, RecordCutter
from orchestration.ingestion.streams import (
    PARQUET_MAGIC,
    UnreadableFileError,
    line_blocks,
    magic_of,
)
from orchestration.warehouse import quoted

DELIMITERS = (",", ";", "\t", "|")


@dataclass
class Reading:
    """A file's columns as SQL over its fields `f1`, `f2` … (texts).

    `texts` has every contract column (`null` where the file has none), `extra` the unknown ones;
    `layout` is None for Parquet, whose column names stand in `fields`.
    """

    fields: list[str]
    texts: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    skip_lines: int = 0
    #: SQL of the number of the order that a row's fields are in, null where it is in none.
    field_order: str | None = None

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet."""
        return self.layout is None


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
    first = _first_line(path, settings.encoding)
    if first is None:
        return None
    header = _header(first, table, settings)
    if header is None:
        return _without_header(first, table, settings)
    delimiter, names = header
    return _with_header(names, delimiter, table, settings)


def _first_line(path: Path, encoding: str) -> bytes | None:
    for block in line_blocks(path, encoding):
        if stripped := block.lstrip(b"\n"):
            if len(stripped) != len(block):
                raise UnreadableFileError(
                    "the first line is empty; the header must stand in line 1"
                )
            return stripped.split(b"\n", 1)[0]
    return None


def _header(line: bytes, table: Table, settings: SourceSettings) -> tuple[str, list[str]] | None:
    """The delimiter and the names of a header line, or None for a file without header."""
    if table.dialect.header is False:
        return None
    known = {*table.by_name, *(name.lower() for name in settings.columns)}
    best: tuple[int, str, list[str]] | None = None
    for delimiter in (settings.delimiter,) if settings.delimiter else DELIMITERS:
        cutter = RecordCutter(Layout(delimiter.encode(), b'"', frozenset({1})))
        parsed = cutter.parse(line)
        if isinstance(parsed, str):
            continue
        names = [name.decode().strip() for name in parsed]
        score = sum(name.lower() in known for name in names)
        if best is None or score > best[0]:
            best = (score, delimiter, names)
    if best is None:
        raise UnreadableFileError("the header holds a quote that isn't closed")
    if table.dialect.header == "optional" and best[0] < len(_required(table)):
        return None
    return best[1], best[2]


def _required(table: Table) -> list[Column]:
    return [column for column in table.columns if column.required]


def _with_header(
    names: list[str], delimiter: str, table: Table, settings: SourceSettings
) -> Reading:
    fields = [f"f{number}" for number in range(1, len(names) + 1)]
    texts, extra = _by_name(dict(zip(fields, names, strict=True)), table, settings)
    layout = Layout(delimiter.encode(), b'"', frozenset({len(names)}))
    return Reading(fields, texts, extra, layout, skip_lines=1)


def _parquet(
    con: duckdb.DuckDBPyConnection, path: Path, table: Table, settings: SourceSettings
) -> Reading:
    try:
        described = con.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        raise UnreadableFileError(
            "the Parquet file is damaged or cut off; deliver it again"
        ) from error
    names = {quoted(name): name for name, *_ in described}
    texts = {}
    for expression, (_, kind, *_) in zip(names, described, strict=True):
        nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
        text = f"to_json({expression})" if nested else expression
        texts[expression] = f"nullif(trim(cast({text} as varchar)), '')"
    mapped, extra = _by_name({texts[expr]: name for expr, name in names.items()}, table, settings)
    return Reading([], mapped, extra)


def _by_name(
    delivered: dict[str, str], table: Table, settings: SourceSettings
) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of our columns, and of the unknown ones, from `{field expression: header name}`."""
    ours_by_theirs = {theirs.strip().lower(): ours for theirs, ours in settings.columns.items()}
    found: dict[str, str] = {}
    extra: dict[str, str] = {}
    for expression, name in delivered.items():
        lowered = name.lower()
        ours = ours_by_theirs.get(lowered, lowered)
        if ours in table.by_name:
            if ours in found:
                raise UnreadableFileError(f"two columns are named or mapped {ours}")
            found[ours] = expression
        else:
            unknown = lowered or f"column_{len(found) + len(extra) + 1}"
            while unknown in extra:
                unknown += "_"
            extra[unknown] = expression
    missing = [
        column.name
        for column in _required(table)
        if column.name not in found and column.name not in settings.constants
    ]
    if missing:
        raise UnreadableFileError(
            f"required column {', '.join(missing)} missing; {len(found)} of {len(delivered)} "
            f"columns are known: map theirs under `columns` in _source.yml, or move the file to "
            f"the folder of its format"
        )
    return _texts(found, table, settings), extra


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
        return Reading(fields, _texts(found, table, settings), {}, layout)
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
        fields, _texts(found, table, settings), {}, layout, field_order=f"case {cases} end"
    )


def _condition(order: FieldOrder) -> str:
    tests = []
    for position, data_type in order.when.items():
        probe = Column("probe", data_type, local_clock=True)
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
