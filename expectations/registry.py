"""Loads the suites: YAML, one file a table, `suites/<layer>/<table>.yml`.

A suite file names its table, layer, owner, key (the columns that identify a row in a report) and
a list of expectations. `suites/<layer>/_every_table.yml` holds the expectations that every table
of the layer has.

Values in braces are resolved when the suite is loaded, from the contract (`{contract.columns}`,
`{contract.table_columns}`, `{contract.key}`, `{contract.values.<column>}`) or the model's YAML
(`{model.columns}`), or when it is run, from the run's clock (`{as_of}`, `{latest_now + 1 day}`;
for date columns `{as_of_date - 400 days}`).

Every mistake in a file raises SuiteError with the file and the entry; nothing is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from expectations.catalogue import CATALOGUE, ExpectationType
from expectations.contract import (
    BOOKKEEPING_COLUMNS,
    MODELS_DIR,
    YAML_LOADER,
    ModelTable,
    SourceTable,
    load_contract,
    load_models,
)

SUITES_DIR = Path(__file__).resolve().parent / "suites"
LAYERS = ("raw", "staging", "intermediate", "marts")
SEVERITIES = ("critical", "warning", "info")
EVERY_TABLE = "_every_table"

_SUITE_KEYS = {"table", "layer", "description", "owner", "key", "expectations"}
_ENTRY_KEYS = {
    "type",
    "kwargs",
    "severity",
    "description",
    "name",
    "waived_until",
    "waived_by",
}
_CONTRACT_VALUE = re.compile(r"^\{(contract|model)\.([a-z_.0-9]+)\}$")
_CLOCK_VALUE = re.compile(r"^\{(as_of|latest_now)(_date)?(?: ([+-]) (\d+) (hour|day)s?)?\}$")
_CHECK_NAME = re.compile(r"^[a-z0-9_]+$")


class SuiteError(ValueError):
    """A suite file that can't be used; the message names the file and the entry."""


@dataclass(frozen=True)
class Entry:
    """One expectation of a suite. `name` is unique within its table: letters, digits and `_`."""

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    description: str
    waived_until: date | None = None
    waived_by: str | None = None

    @property
    def definition(self) -> ExpectationType:
        """The catalogue's definition of this entry's type."""
        return CATALOGUE[self.type]

    def is_waived(self, as_of: datetime) -> bool:
        """Whether a waiver covers the day of `as_of` (the last day included)."""
        return self.waived_until is not None and as_of.date() <= self.waived_until

    def resolve(self, as_of: datetime, latest_now: datetime) -> dict[str, Any]:
        """The arguments with clock values filled in as ISO text, `YYYY-MM-DD HH:MM:SS`."""
        clocks = {"as_of": as_of, "latest_now": latest_now}
        return {key: _resolve_clock(value, clocks) for key, value in self.kwargs.items()}


@dataclass(frozen=True)
class Suite:
    """The expectations of one table, and the columns that identify its rows in reports."""

    layer: str
    table: str
    description: str
    owner: str
    key: tuple[str, ...]
    entries: tuple[Entry, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """`<layer>.<table>`, as reports call it."""
        return f"{self.layer}.{self.table}"


def _resolve_clock(value: Any, clocks: Mapping[str, datetime]) -> Any:
    if isinstance(value, list):
        return [_resolve_clock(item, clocks) for item in value]
    match = _CLOCK_VALUE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    clock, as_date, sign, amount, unit = match.groups()
    moment = clocks[clock]
    if sign:
        shift = timedelta(**{f"{unit}s": int(amount)})
        moment = moment + shift if sign == "+" else moment - shift
    return str(moment.date()) if as_date else moment.isoformat(sep=" ", timespec="seconds")


def load_suites(
    layer: str,
    tables: Iterable[str] | None = None,
    *,
    suites_dir: Path = SUITES_DIR,
    models_dir: Path = MODELS_DIR,
) -> dict[str, Suite]:
    """Reads the suites of a layer; returns table name to suite, in alphabetical order.

    tables: only these; a name without a suite file raises SuiteError, as does any mistake in a
    file. Great Expectations is not imported, so this is cheap enough for definitions.
    """
    if layer not in LAYERS:
        raise SuiteError(f"unknown layer {layer!r}: one of {', '.join(LAYERS)}")
    folder = suites_dir / layer
    files = {path.stem: path for path in sorted(folder.glob("*.yml"))}
    common = files.pop(EVERY_TABLE, None)
    if tables is not None:
        wanted = set(tables)
        missing = sorted(wanted - files.keys())
        if missing:
            raise SuiteError(f"no suite file in {folder.name}/ for: {', '.join(missing)}")
        files = {name: path for name, path in files.items() if name in wanted}
    contract = load_contract(models_dir) if layer == "raw" else load_models(models_dir)
    return {
        name: _load_suite(path, layer, contract.get(name), common) for name, path in files.items()
    }


def _load_suite(
    path: Path, layer: str, source: SourceTable | ModelTable | None, common: Path | None
) -> Suite:
    document = _read(path)
    _check_keys(path, "suite", document, _SUITE_KEYS, required={"table", "layer", "owner"})
    if document["table"] != path.stem or document["layer"] != layer:
        raise SuiteError(
            f"{path}: table and layer must repeat the file's place, {layer}/{path.stem}"
        )
    nodes = [(path, node) for node in document.get("expectations") or []]
    if common is not None:
        nodes = [(common, node) for node in _read(common).get("expectations") or []] + nodes
    entries = [
        _load_entry(f"{file}, expectation {position} (table {path.stem})", node, source)
        for position, (file, node) in enumerate(nodes, start=1)
    ]
    if not entries:
        raise SuiteError(f"{path}: no expectations")
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise SuiteError(f"{path}: two expectations are named {name!r}; give one a `name`")
    return Suite(
        layer=layer,
        table=path.stem,
        description=str(document.get("description", "")),
        owner=str(document["owner"]),
        key=tuple(document.get("key") or ()),
        entries=tuple(entries),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML_LOADER)
    except yaml.YAMLError as error:
        raise SuiteError(f"{path}: not YAML: {error}") from error
    if not isinstance(document, dict):
        raise SuiteError(f"{path}: a suite is a mapping with table, layer, owner, expectations")
    return document


def _check_keys(
    place: object, what: str, node: Mapping[str, Any], allowed: set[str], required: set[str]
) -> None:
    unknown = sorted(set(node) - allowed)
    if unknown:
        known = ", ".join(sorted(allowed))
        raise SuiteError(f"{place}: unknown key in {what}: {', '.join(unknown)}; known: {known}")
    missing = sorted(required - set(node))
    if missing:
        raise SuiteError(f"{place}: {what} lacks: {', '.join(missing)}")


def _load_entry(place: str, node: Any, source: SourceTable | ModelTable | None) -> Entry:
    if not isinstance(node, dict):
        raise SuiteError(f"{place}: an expectation is a mapping with type, kwargs, severity")
    _check_keys(place, "expectation", node, _ENTRY_KEYS, {"type", "severity", "description"})
    definition = CATALOGUE.get(node["type"])
    if definition is None:
        raise SuiteError(
            f"{place}: unknown type {node['type']!r}; known: {', '.join(sorted(CATALOGUE))}"
        )
    if node["severity"] not in SEVERITIES:
        raise SuiteError(
            f"{place}: unknown severity {node['severity']!r}; one of {', '.join(SEVERITIES)}"
        )
    kwargs = dict(node.get("kwargs") or {})
    allowed = set(definition.required | definition.optional)
    _check_keys(place, f"kwargs of {definition.name}", kwargs, allowed, set(definition.required))
    waived_until, waived_by = node.get("waived_until"), node.get("waived_by")
    if (waived_until is None) != (waived_by is None):
        raise SuiteError(f"{place}: a waiver needs both waived_until and waived_by")
    if waived_until is not None and type(waived_until) is not date:
        raise SuiteError(f"{place}: waived_until must be a date, YYYY-MM-DD")
    name = str(node.get("name") or _default_name(definition.name, kwargs))
    if not _CHECK_NAME.match(name):
        raise SuiteError(f"{place}: name {name!r} may hold only lower-case letters, digits and _")
    return Entry(
        name=name,
        type=definition.name,
        kwargs={key: _from_contract(place, value, source) for key, value in kwargs.items()},
        severity=node["severity"],
        description=str(node["description"]),
        waived_until=waived_until,
        waived_by=waived_by,
    )


def _default_name(type_name: str, kwargs: Mapping[str, Any]) -> str:
    """`started_at__values_to_be_between`: the column, then the type without its stock words."""
    short = type_name.removeprefix("expect_").removeprefix("column_pair_").removeprefix("column_")
    columns = [str(kwargs[key]) for key in ("column", "column_A") if key in kwargs]
    return "__".join([*columns, short]).lower()


def _from_contract(place: str, value: Any, source: SourceTable | ModelTable | None) -> Any:
    match = _CONTRACT_VALUE.match(value) if isinstance(value, str) else None
    if match is None:
        _check_placeholder(place, value)
        return value
    home, what = match.groups()
    if home == "model" and isinstance(source, ModelTable) and what == "columns":
        return list(source.columns)
    if home == "contract" and isinstance(source, SourceTable):
        if what == "columns":
            return list(source.columns)
        if what == "table_columns":
            return [*source.columns, *BOOKKEEPING_COLUMNS]
        if what == "key":
            return list(source.key)
        if what.removeprefix("values.") in source.values:
            return list(source.values[what.removeprefix("values.")])
    raise SuiteError(f"{place}: {value} is in no contract and no model's YAML of this table")


def _check_placeholder(place: str, value: Any) -> None:
    if isinstance(value, str) and value.startswith("{") and not _CLOCK_VALUE.match(value):
        raise SuiteError(
            f"{place}: can't resolve {value!r}; write {{as_of - 3 days}}, {{latest_now + 1 day}}, "
            "{contract.columns}, {contract.table_columns}, {contract.key} or "
            "{contract.values.<column>}"
        )
