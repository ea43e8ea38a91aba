"""The source contract, read from dbt's source YAML: the one place that states it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

#: The C loader reads the contract ten times faster; it isn't built everywhere.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Columns that the loader adds to every raw table, in this order, with their DuckDB types.
LOAD_COLUMNS: dict[str, str] = {
    "_extra": "json",
    "_exported_at": "timestamp",
    # A constant text costs as much to store as a text that varies; a number costs nothing.
    "_delivery": "enum('append', 'growing', 'snapshot', 'replace_by_day')",
    "_file_id": "varchar",
    "_line": "bigint",
    "_load_id": "integer",
}
#: Settings of a folder that a table's rows carry where its contract says so.
SETTING_COLUMNS: dict[str, str] = {
    "time_zone": "varchar",
    "country": "varchar",
    "currency": "varchar",
    "consent": "enum('granted', 'denied', 'unknown')",
    "legal_basis": "varchar",
    #: What the rows below the header say of the columns, by name in the header.
    "labels": "json",
}

#: What the loader derives from a column by its PII class: suffix and DuckDB type.
DERIVED_BY_PII: dict[str, dict[str, str]] = {
    "phone": {"hash": "varchar", "e164": "varchar", "status": "varchar"},
    "email": {"hash": "varchar"},
    "handle": {"hash": "varchar"},
    "login": {"hash": "varchar", "status": "varchar"},
    "subject": {"hash": "varchar", "status": "varchar"},
}
DERIVED_BY_NAME: dict[str, dict[str, str]] = {"user_agent": {"is_bot": "boolean"}}

PII_CLASSES = frozenset(
    {"none", "pseudonym", "ip", "name", "address", "birth_date", "free_text", *DERIVED_BY_PII}
)
DATA_TYPES = frozenset(
    {"varchar", "bigint", "double", "decimal(18,4)", "boolean", "date", "timestamp", "json"}
)
#: How a timestamp is written: ISO 8601; ISO 8601 kept as the source's wall clock; the date of a
#: mail header; whole micro- or milliseconds since 1970.
CLOCKS = frozenset({"iso", "local", "rfc2822", "epoch_us", "epoch_ms"})
DELIVERIES = frozenset({"append", "growing", "snapshot", "replace_by_day"})


class ContractError(ValueError):
    """The contract itself is wrong; the message names file, table and column."""


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    `kind_column` names the column that says what a `subject` is; `values` lists what is allowed;
    `clock` says how a timestamp is written, one of CLOCKS. `names` are the vendor's names, in order
    of preference: headers of a table, or dotted paths in a JSON record; ours is always known.
    """

    name: str
    data_type: str
    required: bool = False
    pii: str = "none"
    kind_column: str | None = None
    values: tuple[str, ...] = ()
    clock: str = "iso"
    derive: str | None = None
    names: tuple[str, ...] = ()

    @cached_property
    def derived(self) -> dict[str, str]:
        """Names and types of the columns that the loader derives from this one."""
        suffixes = DERIVED_BY_PII.get(self.pii) or DERIVED_BY_NAME.get(self.derive or "") or {}
        return {f"{self.name}_{suffix}": kind for suffix, kind in suffixes.items()}


@dataclass(frozen=True)
class FieldOrder:
    """An order of fields without header.

    `when` gives the types that some positions (from 1) must read as for a row to be in this order.
    """

    when: dict[int, str]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Dialect:
    """How files are written: delimited text, or JSON (lines, an array, or a page holding one).

    `header` is true, false or `optional`; without header the fields come in one of `layouts`,
    of which at least `min_fields` are there. JSON with a header may come as delimited text too.
    `time_zone` is the vendor's, whatever the folder's. `label_rows` counts the rows below a header
    that explain its columns; `records` are the keys under which a JSON page keeps its records.
    """

    kind: str
    header: bool | str
    delimiter: str
    quote: str
    min_fields: int
    layouts: tuple[FieldOrder, ...]
    time_zone: str | None = None
    null_values: tuple[str, ...] = ()
    label_rows: int = 0
    records: tuple[str, ...] = ()

    @property
    def is_json(self) -> bool:
        """Whether the records are JSON objects."""
        return self.kind == "json"


@dataclass(frozen=True)
class Superseded:
    """Whose texts go: a row is emptied of `clear` once one of its `key` is of a later `order`.

    `when` (values by column) limits which rows empty others: deletions, say. Those empty rows of
    their own moment too.
    """

    key: tuple[str, ...]
    order: str
    clear: tuple[str, ...]
    when: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """One family and format: a folder of the landing zone and a raw table."""

    family: str
    format: str
    description: str
    grain: str
    key: tuple[str, ...]
    event_time: str | None
    delivery: str
    owner: str
    cadence: str
    stale_after_hours: int
    dialect: Dialect
    columns: tuple[Column, ...]
    settings: tuple[str, ...] = ()
    superseded: tuple[Superseded, ...] = ()

    @property
    def identifier(self) -> str:
        """The raw table's name, without schema."""
        return f"{self.family}__{self.format}"

    @property
    def relation(self) -> str:
        """The raw table's qualified name."""
        return f"raw.{self.identifier}"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Contract columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def derived_columns(self) -> dict[str, str]:
        """Names and types of all derived columns."""
        return {name: kind for column in self.columns for name, kind in column.derived.items()}

    @cached_property
    def raw_columns(self) -> dict[str, str]:
        """Every column of the raw table, in order, with its type."""
        return {
            **{column.name: column.data_type for column in self.columns},
            **self.derived_columns,
            **{f"_{name}": SETTING_COLUMNS[name] for name in self.settings},
            **LOAD_COLUMNS,
        }


@dataclass(frozen=True)
class Contract:
    """All tables, by (family, format)."""

    tables: dict[tuple[str, str], Table]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    @property
    def families(self) -> list[str]:
        """Families in alphabetical order."""
        return sorted({table.family for table in self})

    def formats(self, family: str) -> list[str]:
        """The formats known for a family, in alphabetical order."""
        return sorted(table.format for table in self if table.family == family)

    def get(self, family: str, format_: str) -> Table | None:
        """The table of a folder, or None where the contract has no such format."""
        return self.tables.get((family, format_))


def load_contract(project_dir: Path) -> Contract:
    """Read every `models/staging/<family>/_sources.yml` that delivers files.

    Raises ContractError naming file, table and column where a line of the contract is wrong.
    """
    tables: dict[tuple[str, str], Table] = {}
    for path in sorted(project_dir.glob("models/staging/*/_sources.yml")):
        for source in yaml.load(path.read_text(encoding="utf-8"), LOADER)["sources"]:
            if source["schema"] != "raw":
                continue
            for entry in source["tables"]:
                table = _table(path, source["name"], entry)
                tables[table.family, table.format] = table
    if not tables:
        raise ContractError(f"{project_dir}: no source contract under models/staging")
    return Contract(tables)


def _table(path: Path, family: str, entry: dict[str, Any]) -> Table:
    where = f"{path.name} of {family}, table {entry.get('name')}"
    try:
        meta = entry["config"]["meta"]
        columns = tuple(_column(where, column) for column in entry["columns"])
        table = Table(
            family=family,
            format=entry["name"],
            description=entry["description"],
            grain=meta["grain"],
            key=tuple(meta["key"]),
            event_time=meta.get("event_time"),
            delivery=meta["delivery"],
            owner=meta["owner"],
            cadence=meta["cadence"],
            stale_after_hours=meta["stale_after_hours"],
            dialect=_dialect(meta["reader"], columns),
            columns=columns,
            settings=tuple(meta.get("settings", ())),
            superseded=tuple(_superseded(rule) for rule in meta.get("superseded", ())),
        )
    except KeyError as missing:
        raise ContractError(f"{where}: {missing.args[0]} is missing") from missing
    names = set(table.by_name)
    ordered = [name for layout in table.dialect.layouts for name in layout.columns]
    used = [*table.key, table.event_time, *ordered]
    for rule in table.superseded:
        used += [*rule.key, rule.order, *rule.when, *(set(rule.clear) - {"_extra"})]
    unknown = [name for name in used if name and name not in names]
    if entry.get("identifier") != table.identifier:
        raise ContractError(f"{where}: identifier must be {table.identifier}")
    if unknown:
        raise ContractError(f"{where}: {', '.join(unknown)} is no column of it")
    if unsettled := set(table.settings) - set(SETTING_COLUMNS):
        raise ContractError(f"{where}: {', '.join(sorted(unsettled))} is no setting of a folder")
    if table.dialect.kind not in {"delimited", "json"}:
        raise ContractError(f"{where}: reader kind {table.dialect.kind!r}; delimited or json")
    if table.delivery not in DELIVERIES:
        raise ContractError(f"{where}: delivery {table.delivery!r}; one of {sorted(DELIVERIES)}")
    for rule in table.superseded:
        if not table.by_name[rule.order].required:
            raise ContractError(f"{where}: {rule.order} orders superseded rows; make it required")
        if lost := {*rule.key, rule.order, *rule.when, *table.key} & set(rule.clear):
            raise ContractError(f"{where}: {', '.join(sorted(lost))} can't be cleared; it is a key")
    return table


def _superseded(rule: dict[str, Any]) -> Superseded:
    return Superseded(
        key=tuple(rule["key"]),
        order=rule["order"],
        clear=tuple(rule["clear"]),
        when={name: tuple(map(str, values)) for name, values in rule.get("when", {}).items()},
    )


def _dialect(reader: dict[str, Any], columns: tuple[Column, ...]) -> Dialect:
    layouts = tuple(
        FieldOrder(dict(layout["when"]), tuple(layout["columns"]))
        for layout in reader.get("layouts", ())
    ) or (FieldOrder({}, tuple(column.name for column in columns)),)
    is_json = reader["kind"] == "json"
    return Dialect(
        kind=reader["kind"],
        header=reader.get("header", False) if is_json else reader["header"],
        delimiter=reader.get("delimiter", ",") if is_json else reader["delimiter"],
        quote=reader.get("quote", '"') if is_json else reader["quote"],
        min_fields=reader.get("min_fields", max(len(layout.columns) for layout in layouts)),
        layouts=layouts,
        time_zone=reader.get("time_zone"),
        null_values=tuple(reader.get("null_values", ())),
        label_rows=reader.get("label_rows", 0),
        records=tuple(reader.get("records", ())),
    )


def _column(where: str, entry: dict[str, Any]) -> Column:
    meta = entry.get("config", {}).get("meta", {})
    column = Column(
        name=entry["name"],
        data_type=entry["data_type"],
        required=meta.get("required", False),
        pii=meta.get("pii", "none"),
        kind_column=meta.get("kind_column"),
        values=tuple(meta.get("values", ())),
        clock=meta.get("clock", "iso"),
        derive=meta.get("derive"),
        names=(*meta.get("names", ()), entry["name"]),
    )
    if column.data_type not in DATA_TYPES:
        raise ContractError(f"{where}, column {column.name}: unknown type {column.data_type!r}")
    if column.clock not in CLOCKS:
        raise ContractError(f"{where}, column {column.name}: unknown clock {column.clock!r}")
    if column.pii not in PII_CLASSES:
        raise ContractError(f"{where}, column {column.name}: unknown PII class {column.pii!r}")
    if (column.pii == "subject") != (column.kind_column is not None):
        raise ContractError(f"{where}, column {column.name}: a subject needs its kind_column")
    return column
