"""What of the warehouse's raw rows and quarantined lines is a person's. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa

from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.matching import (
    CALL,
    CALL_TABLES,
    CONTRACT,
    OWN_CALL_COLUMNS,
    Entry,
    Matcher,
    prefilter,
)
from orchestration.ingestion.suppression import folder_settings
from orchestration.ingestion.values import keyed_hash
from orchestration.privacy.person import Person
from orchestration.settings import Settings
from orchestration.warehouse import quoted

#: A raw row, or a quarantined line: file and line.
RowId = tuple[str, int]
#: Temporary table of the rows that go: `identifier, file_id, line`.
ROWS = "rows_to_go"
QUARANTINE = "lines_to_go"


@dataclass
class Plan:
    """Raw rows by table, quarantined lines, and the calls and contracts that went with them."""

    rows: dict[str, set[RowId]] = field(default_factory=dict)
    quarantine: set[RowId] = field(default_factory=set)
    records: dict[str, set[str]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Raw rows of all tables."""
        return sum(map(len, self.rows.values()))

    def by_file(self) -> dict[str, tuple[set[int], set[int]]]:
        """Lines that go of each file: loaded ones, quarantined ones."""
        found: dict[str, tuple[set[int], set[int]]] = {}
        for rows in self.rows.values():
            for file_id, line in rows:
                found.setdefault(file_id, (set(), set()))[0].add(line)
        for file_id, line in self.quarantine:
            found.setdefault(file_id, (set(), set()))[1].add(line)
        return found

    def register(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write the plan to temporary tables ROWS and QUARANTINE."""
        rows = [(name, *row) for name, found in self.rows.items() for row in sorted(found)]
        lines = [("", *row) for row in sorted(self.quarantine)]
        for relation, found in ((ROWS, rows), (QUARANTINE, lines)):
            table = pa.table(
                {
                    "identifier": pa.array([row[0] for row in found], pa.string()),
                    "file_id": pa.array([row[1] for row in found], pa.string()),
                    "line": pa.array([row[2] for row in found], pa.int64()),
                }
            )
            con.register("planned", table)
            con.execute(f"create or replace temp table {relation} as from planned")
            con.unregister("planned")


def plan_for(
    con: duckdb.DuckDBPyConnection, contract: Contract, settings: Settings, person: Person
) -> Plan:
    """Rows that carry an identifier of the person's, and those that tell of their calls."""
    plan = Plan()
    matcher = Matcher(con, person.entries(), person.key)
    pattern, values = person.pattern(), person.values_by_kind()
    for table in contract:
        country = folder_settings(settings, table).country
        where = prefilter(table, values, pattern)
        found = matcher.matching(table, country, f"({where})")
        if found:
            plan.rows[table.identifier] = found
    plan.quarantine = _quarantined(con, contract, settings, matcher, pattern)
    plan.register(con)
    plan.records = _records(con, contract, plan)
    _add_rows_of_records(con, contract, person.key, plan)
    plan.register(con)
    return plan


def record_entries(plan: Plan, key: bytes) -> list[Entry]:
    """The calls and contracts of a plan, as what later deliveries are matched with."""
    return [
        Entry(kind, keyed_hash(key, value.strip()))
        for kind, values in sorted(plan.records.items())
        for value in sorted(values)
    ]


def _quarantined(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    settings: Settings,
    matcher: Matcher,
    pattern: str,
) -> set[RowId]:
    if not pattern:
        return set()
    con.execute(
        "select rows.file_id, rows.line, rows.text, files.family, files.format "
        "from restricted.quarantine_rows as rows "
        "inner join audit.files as files on rows.file_id = files.file_id "
        "where regexp_matches(rows.text, ?)",
        [pattern],
    )
    found = set()
    for file_id, line, text, family, format_ in con.fetchall():
        table = contract.get(family, format_)
        country = folder_settings(settings, table).country if table else "FR"
        if matcher.is_meant(text, country):
            found.add((str(file_id), int(line)))
    return found


def _records(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan) -> dict[str, set[str]]:
    """Calls whose rows go, and contracts of which nobody else is a party."""
    calls: set[str] = set()
    for table in contract:
        if table.family != "call_records" or table.format not in CALL_TABLES:
            continue
        for name in OWN_CALL_COLUMNS:
            if name in table.by_name and table.identifier in plan.rows:
                calls |= set(_values(con, table, name))
    contracts = contract.get("crm", "contracts")
    parties = set(_values(con, contracts, "contract_id")) if contracts else set()
    shared = (
        con.execute(
            f"select distinct contract_id from {contracts.relation} where "
            "list_contains(?, contract_id) and (_file_id, _line) not in "
            f"(select (file_id, line) from {ROWS} where identifier = ?)",
            [sorted(parties), contracts.identifier],
        ).fetchall()
        if contracts and parties
        else []
    )
    return {CALL: calls, CONTRACT: parties - {value for (value,) in shared}}


def _values(con: duckdb.DuckDBPyConnection, table: Table, column: str) -> Iterable[str]:
    name = quoted(column)
    rows = con.execute(
        f"select distinct {name} from {table.relation} where (_file_id, _line) in "
        f"(select (file_id, line) from {ROWS} where identifier = ?) and {name} is not null",
        [table.identifier],
    ).fetchall()
    return [str(value) for (value,) in rows]


def _add_rows_of_records(
    con: duckdb.DuckDBPyConnection, contract: Contract, key: bytes, plan: Plan
) -> None:
    entries = record_entries(plan, key)
    if not entries:
        return
    matcher = Matcher(con, entries, key)
    for table in contract:
        where = prefilter(table, plan.records, "")
        if where != "false" and (found := matcher.matching(table, "FR", f"({where})")):
            plan.rows.setdefault(table.identifier, set()).update(found)


def latest_moment(con: duckdb.DuckDBPyConnection, contract: Contract, as_of: datetime) -> datetime:
    """The clock, or the latest time of the rows that go where it is later."""
    moments = [as_of]
    for table in contract:
        if table.event_time is None:
            continue
        row = con.execute(
            f"select max(cast({quoted(table.event_time)} as timestamp)) from {table.relation} "
            f"where (_file_id, _line) in (select (file_id, line) from {ROWS} "
            "where identifier = ?)",
            [table.identifier],
        ).fetchone()
        if row and row[0] is not None:
            moments.append(row[0])
    return max(moments)
