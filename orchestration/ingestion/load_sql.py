"""The statements of one part of a file: texts to types, identifiers to hashes, rows to raw."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.ingestion import casting, parquet_values
from orchestration.ingestion.callbacks import KNOWN_AGENTS, SEPARATOR
from orchestration.ingestion.contract import Column, Table
from orchestration.ingestion.json_text import NO_OBJECT
from orchestration.ingestion.parquet_source import parquet_rows
from orchestration.ingestion.part import Part
from orchestration.ingestion.reading import Reading
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.values import KIND_OF_SUBJECT
from orchestration.warehouse import quoted

#: Where an answer of `identify` has what a derived column takes.
PLACES = {"status": 1, "hash": 2, "e164": 3}
#: Up to so many runs of lines a comparison each costs less than asking Python for each row.
MOST_RUNS_IN_SQL = 64
#: An escape of JSON that stands, a whole pair of surrogates among them, as group 1; or one half of
#: a pair, as a text leaves it that was cut inside a sign. The engine takes no JSON with a half.
ESCAPES = (
    r"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
#: The place of a record in its part; no file has a column of this name.
ORDINAL = quoted("place in the part")


@dataclass(frozen=True)
class Source:
    """Where the records of a part stand for the engine, and how ordinals become lines."""

    records: str
    part: Part


@dataclass(frozen=True)
class FileContext:
    """What every row of a file gets beside its own columns."""

    file_id: str
    load_id: int
    exported_at: datetime | None
    settings: SourceSettings


def zone_of(table: Table, settings: SourceSettings, reading: Reading | None = None) -> str:
    """The zone of times written without one: the vendor's, else the file's, else the folder's.

    Whoever says that offsets are wrong says what the clock is instead.
    """
    if not settings.trust_offsets:
        return settings.time_zone
    of_file = reading.time_zone if reading else None
    return table.dialect.time_zone or of_file or settings.time_zone


def records_of_text(part: Part, reading: Reading, nothing: tuple[str, ...]) -> str:
    """The records of a spooled part as `(ORDINAL, f1, f2 …)`; texts of `nothing` are null."""
    layout = reading.layout
    assert layout is not None
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in reading.fields)
    quote = (layout.quote or b"").decode()
    nulls = ", ".join(casting.literal(text) for text in ("", *nothing))
    # The spool holds one record a line: chr(30) stands for a line feed inside a field.
    fields = ", ".join(
        f"nullif(trim(replace({name}, chr(30), chr(10))), '') as {name}"
        if place in part.unclean_fields
        else name
        for place, name in enumerate(reading.fields)
    )
    path = casting.literal(str(part.path))
    records = (
        f"(select row_number() over () as {ORDINAL}, {fields} from read_csv({path}, "
        f"header = false, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {casting.literal(layout.delimiter.decode())}, quote = {casting.literal(quote)}, "
        f"escape = {casting.literal(quote)}, new_line = '\\n', nullstr = [{nulls}], "
        f"null_padding = {str(len(layout.field_counts) > 1).lower()}, max_line_size = 33554432))"
    )
    if reading.field_order:
        return f"(select *, {reading.field_order} as field_order from {records})"
    return records


def records_of_parquet(path: Path, names: Collection[str], first: int, count: int) -> str:
    """Rows `first` (from 0) on of a Parquet file, with their ordinal (from 1) in the part.

    `names` are those of its columns.
    """
    if "file_row_number" in {name.lower() for name in names}:
        # The engine's number of a row would have the name of a column: rows are counted instead.
        rows = f"(from {parquet_rows(path)} limit {count} offset {first})"
        return f"(select row_number() over () as {ORDINAL}, * from {rows})"
    return (
        f"(select file_row_number - {first} + 1 as {ORDINAL}, * "
        f"from {parquet_rows(path, numbered=True)} "
        f"where file_row_number >= {first} and file_row_number < {first + count})"
    )


def records_of_json(records: str, reading: Reading) -> str:
    """JSON records `(ORDINAL, record)` as `(ORDINAL, is_object, fields, leftover)`.

    `fields` are the texts at the reading's paths, `leftover` is what no column takes.
    """
    paths = ", ".join(casting.literal(path) for path in reading.paths)
    keys = ", ".join(casting.literal(key) for key in reading.whole_keys)
    without = casting.literal(json.dumps(dict.fromkeys(reading.whole_keys)))
    # A text search is cheaper than a pattern, and few records escape such signs.
    whole = (
        r"case when contains(record, '\ud') or contains(record, '\uD') "
        f"then regexp_replace(record, {casting.literal(ESCAPES)}, '\\1', 'g') else record end"
    )
    return (
        f"(select {ORDINAL}, is_object, "
        f"case when is_object then json_extract_string(record, [{paths}]) end as fields, "
        f"case when is_object and not list_has_all([{keys}], json_keys(record)) "
        f"then json_merge_patch(record, {without}) end as leftover "
        "from (select *, json_valid(record) and "
        f"json_type(case when json_valid(record) then record end) = 'OBJECT' as is_object "
        f"from (select {ORDINAL}, {whole} as record from {records})))"
    )


def lines_of_part(part: Part) -> str:
    """The lines of a spooled part as `(ORDINAL, record)`."""
    return (
        f"(select row_number() over () as {ORDINAL}, record from read_csv("
        f"{casting.literal(str(part.path))}, header = false, auto_detect = false, "
        "columns = {'record': 'VARCHAR'}, delim = e'\\x01', quote = '', escape = '', "
        "new_line = '\\n', strict_mode = false, max_line_size = 33554432))"
    )


def json_of_parquet(records: str, columns: Mapping[str, str]) -> str:
    """The rows of a Parquet file as `(ORDINAL, record)`; `columns` are SQL by name."""
    fields = ", ".join(f"{casting.literal(name)}: {value}" for name, value in columns.items())
    return f"(select {ORDINAL}, cast(to_json({{{fields}}}) as varchar) as record from {records})"


def incoming(table: Table, reading: Reading, context: FileContext, records: str) -> str:
    """Select ordinal, typed contract columns, extras and `problem` of a part's records.

    `problem` is null, or `field|reason` where a value doesn't fit its column.
    """
    settings = context.settings
    zone = zone_of(table, settings, reading)
    texts = reading.texts
    text_of = {name: quoted(f"text {name}") for name in texts}
    extra_of = {name: quoted(f"extra {name}") for name in reading.extra}
    delivered = {f"text {name}": f"cast({text} as varchar)" for name, text in texts.items()}
    delivered |= {f"extra {name}": text for name, text in reading.extra.items()}
    typed, problems = {}, []
    for name, condition in reading.inexact.items():
        delivered[f"inexact {name}"] = condition
        reason = casting.literal(f"{name}|{parquet_values.INEXACT}")
        problems.append(f"when {quoted(f'inexact {name}')} then {reason}")
    if reading.is_json:
        delivered |= {"is_object": "is_object", "leftover": "leftover"}
        problems.append(f"when not is_object then '|{NO_OBJECT}'")
    if reading.field_order:
        delivered["field_order"] = "field_order"
        problems.append(
            "when field_order is null "
            "then '|no known order of fields: no time where one must stand'"
        )
    for column in table.columns:
        if reading.texts[column.name] == "null":
            typed[column.name] = f"cast(null as {column.data_type})"
            continue
        text = text_of[column.name]
        typed[column.name] = casting.cast(column, text, zone, trusts_offsets=settings.trust_offsets)
        branch = casting.problem(column, text, typed[column.name])
        if branch:
            problems.append(branch)
    exported = f"timestamp '{context.exported_at}'" if context.exported_at else "null"
    if "exported_at" in typed:
        exported = f"coalesce({typed['exported_at']}, cast({exported} as timestamp))"
    field = settings.consent_field or (casting.CONSENT if casting.CONSENT in texts else None)
    typed["_extra"] = "leftover" if reading.is_json else _extra(extra_of)
    typed["_exported_at"] = f"cast({exported} as timestamp)"
    if "consent" in table.settings:
        codes = settings.codes.get(casting.CONSENT, {})
        typed["_consent"] = casting.consent(field, text_of, extra_of, codes) if field else "null"
    typed["problem"] = f"case {' '.join(problems)} end" if problems else "null"
    return (
        f"(select ordinal,\n{casting.select_list(typed)}\n"
        f"from (select {ORDINAL} as ordinal,\n{casting.select_list(delivered)}\n"
        f"from {records}))"
    )


def _extra(extra_of: dict[str, str]) -> str:
    if not extra_of:
        return "cast(null as json)"
    pairs = ", ".join(f"{casting.literal(name)}, {column}" for name, column in extra_of.items())
    present = " or ".join(f"{column} is not null" for column in extra_of.values())
    return f"case when {present} then json_object({pairs}) end"


def _identified(column: Column, identify: str) -> str | None:
    """SQL of what is known of a column's values, or None where they identify nobody."""
    value = quoted(column.name)
    if column.pii in {"phone", "email", "handle", "login"}:
        kind = casting.literal(column.pii)
    elif column.kind_column:
        cases = " ".join(
            f"when {casting.literal(said)} then {casting.literal(kind)}"
            for said, kind in KIND_OF_SUBJECT.items()
        )
        kind = f"case {quoted(column.kind_column)} {cases} end"
    else:
        return None
    # The engine hands over every row, nulls too, unless a case keeps them back.
    return f"case when {value} is not null then {identify}({kind}, {value}) end"


def _is_bot(column: Column, function: str) -> str:
    value = quoted(column.name)
    return (
        f"case when {KNOWN_AGENTS}.value is not null then {KNOWN_AGENTS}.is_bot "
        f"when {value} is not null then {function}({value}) end"
    )


def _line(part: Part, function: str) -> str:
    """SQL of the physical line of a record."""
    shifts = [(ordinal, line - ordinal) for ordinal, line in part.runs]
    if len(shifts) > MOST_RUNS_IN_SQL:
        return f"{function}(ordinal)"
    if len(shifts) == 1:
        return f"ordinal + {shifts[0][1]}"
    cases = " ".join(f"when ordinal >= {first} then {shift}" for first, shift in shifts[:0:-1])
    return f"ordinal + case {cases} else {shifts[0][1]} end"


def insert(
    table: Table,
    reading: Reading,
    context: FileContext,
    source: Source,
    functions: Mapping[str, str],
) -> str:
    """Insert the good rows of a part into the raw table, and tell `misfit` of the others.

    `functions` are the names of the callbacks.
    """
    settings = context.settings
    values = {column.name: quoted(column.name) for column in table.columns}
    found, joins = {}, ""
    for column in table.columns:
        if reading.texts[column.name] == "null":
            values |= {name: f"cast(null as {type_})" for name, type_ in column.derived.items()}
        elif call := _identified(column, functions["identify"]):
            known = f"found {column.name}"
            found[known] = call
            for name in column.derived:
                place = PLACES[name.removeprefix(f"{column.name}_")]
                answer = f"split_part({quoted(known)}, {casting.literal(SEPARATOR)}, {place})"
                values[name] = f"nullif({answer}, '')"
        elif column.derive == "user_agent":
            values |= dict.fromkeys(column.derived, _is_bot(column, functions["is_bot"]))
            joins = f"left join {KNOWN_AGENTS} on {KNOWN_AGENTS}.value = {quoted(column.name)}\n"
    values |= {
        "_extra": "_extra",
        "_exported_at": "_exported_at",
        "_time_zone": casting.literal(settings.time_zone),
        "_country": casting.literal(settings.country),
        "_currency": casting.literal(settings.currency),
        "_consent": "_consent",
        "_legal_basis": casting.literal(settings.legal_basis) if settings.legal_basis else "null",
        "_labels": casting.literal(json.dumps(reading.labels)) if reading.labels else "null",
        "_delivery": casting.literal(settings.delivery),
        "_file_id": casting.literal(context.file_id),
        "_line": _line(source.part, functions["line"]),
        "_load_id": str(context.load_id),
    }
    names = ", ".join(quoted(name) for name in table.raw_columns)
    selected = {name: values[name] for name in table.raw_columns}
    calls = f",\n{casting.select_list(found)}" if found else ""
    return (
        f"insert into {table.relation} ({names})\nselect\n{casting.select_list(selected)}\n"
        f"from (select *{calls}\nfrom {incoming(table, reading, context, source.records)}\n"
        f"where case when problem is null then true "
        f"else {functions['misfit']}(ordinal, problem) end)\n{joins}"
    )
