"""Rows of the built layers that carry a person's identifiers, found by value in any table.

No table is known here by name: every text column is compared with the person's ids and hashes, and
rows that tell of the same event, session, call or answer go with them. The next run builds these
layers anew from raw; until then nothing of the person is left in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from orchestration.ingestion.casting import literal
from orchestration.privacy.person import Person, is_hash
from orchestration.warehouse import quoted

#: Layers that dbt builds, and what the loader keeps beside raw.
SCHEMAS = ("staging", "intermediate", "marts", "audit", "restricted")
#: Kept true by other means, or holding no identifier but hashes that must stay.
APART = frozenset(
    {"audit.files", "audit.quarantine", "audit.runs", "audit.key_fingerprint"}
    | {"restricted.suppressions", "restricted.quarantine_rows"}
)
#: Keys of a record that is one person's: rows of other tables under the same key go too.
RECORD_KEYS = frozenset(
    {"event_key", "event_hash", "session_key", "session_id", "interaction_id", "touch_id"}
    | {"call_id", "source_call_id", "leg_key", "source_leg_id", "lease_id"}
    | {"feedback_id", "source_response_id", "response_id", "review_id"}
    | {"conversion_id", "candidate_id", "target_id", "contact_id", "case_id", "order_id"}
)
#: Columns in which a short id may stand; elsewhere only ids that can't be taken for a code count.
ID_COLUMNS = ("customer", "visitor", "login", "subject", "respondent", "identifier", "person")
#: Columns that hold keys of failing rows, joined by commas.
KEY_LISTS = frozenset({"failing_row_ids"})
DISTINCTIVE_LENGTH = 5


@dataclass(frozen=True)
class Relation:
    """A table with its columns and their types; `name` is quoted, `label` is for people."""

    name: str
    label: str
    columns: dict[str, str]


def tables_of(
    con: duckdb.DuckDBPyConnection, database: str, schemas: Iterable[str] = SCHEMAS
) -> list[Relation]:
    """The tables (not views) of some schemas of an attached database."""
    rows = con.execute(
        "select columns.schema_name, columns.table_name, columns.column_name, columns.data_type "
        "from duckdb_columns() as columns inner join duckdb_tables() as tables "
        "on columns.table_oid = tables.table_oid and columns.database_oid = tables.database_oid "
        "where columns.database_name = ? and list_contains(?, columns.schema_name) order by all",
        [database, list(schemas)],
    ).fetchall()
    found: dict[str, Relation] = {}
    for schema, table, column, kind in rows:
        label = f"{schema}.{table}"
        if label not in APART:
            name = f"{quoted(database)}.{quoted(schema)}.{quoted(table)}"
            found.setdefault(label, Relation(name, label, {})).columns[column] = kind
    return list(found.values())


class Layers:
    """Finds the rows of a database's tables that are a person's."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, database: str, person: Person, schemas: Iterable[str]
    ) -> None:
        self.con = con
        self.tables = tables_of(con, database, schemas)
        values = {value for _, value in person.own()} | person.person_ids | person.pseudonyms
        self._values = sorted(values)
        self._distinct = [value for value in self._values if is_distinctive(value)]
        _fill(con, "erased_values", [(value,) for value in self._values], ("value",))
        _fill(con, "erased_distinct", [(value,) for value in self._distinct], ("value",))
        _fill(con, "erased_keys", [], ("name", "value"))
        if self._values:
            self._close()

    def predicate(self, table: Relation) -> str:
        """SQL of whether a row is the person's."""
        tests = []
        for name, kind in table.columns.items():
            column = quoted(name)
            if name in RECORD_KEYS:
                tests.append(
                    f"cast({column} as varchar) in "
                    f"(select value from erased_keys where name = {literal(name)})"
                )
            if kind == "VARCHAR" and name not in KEY_LISTS:
                is_id = any(word in name for word in ID_COLUMNS)
                values = "erased_values" if is_id else "erased_distinct"
                tests.append(f"{column} in (select value from {values})")
                # Keys of several parts: customer_id:C1, loans|C1.
                parts = f"regexp_split_to_array({column}, '[|:/, ]')"
                tests.append(f"list_has_any({parts}, {_list(self._distinct)})")
            if kind == "VARCHAR[]":
                tests.append(f"list_has_any({column}, {_list(self._distinct)})")
        return f"coalesce({' or '.join(tests)}, false)" if tests and self._values else "false"

    def delete(self) -> dict[str, int]:
        """Delete the person's rows, and their ids from lists of keys; counts by table."""
        counts = {}
        for table in self.tables:
            condition = self.predicate(table)
            if condition != "false":
                row = self.con.execute(f"delete from {table.name} where {condition}").fetchone()
                if row and row[0]:
                    counts[table.label] = row[0]
            if cleaned := self.clean_lists(table):
                counts[table.label] = counts.get(table.label, 0) + cleaned
        return counts

    def rows(self, table: Relation) -> list[dict[str, object]]:
        """The person's rows of a table."""
        condition = self.predicate(table)
        if condition == "false":
            return []
        found = self.con.execute(f"select * from {table.name} where {condition} order by all")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _close(self) -> None:
        """Collect the record keys of the person's rows until no new one is found."""
        known = -1
        while (count := self._key_count()) != known:
            known = count
            for table in self.tables:
                for name in sorted(RECORD_KEYS & table.columns.keys()):
                    key = f"cast({quoted(name)} as varchar)"
                    self.con.execute(
                        f"insert into erased_keys select distinct {literal(name)}, {key} "
                        f"from {table.name} where {key} is not null and {self.predicate(table)} "
                        f"and {key} not in (select value from erased_keys where name = "
                        f"{literal(name)})"
                    )

    def _key_count(self) -> int:
        row = self.con.execute("select count(*) from erased_keys").fetchone()
        return int(row[0]) if row else 0

    def clean_lists(self, table: Relation) -> int:
        """Take the person's ids out of lists of keys; how many rows held one."""
        cleaned = 0
        for name in sorted(KEY_LISTS & table.columns.keys()):
            column = quoted(name)
            parts = f"regexp_split_to_array({column}, '[|, ]+')"
            row = self.con.execute(
                f"update {table.name} set {column} = array_to_string(list_filter("
                f"string_split({column}, ', '), lambda key: not list_has_any("
                f"regexp_split_to_array(key, '[|]'), {_list(self._values)})), ', ') "
                f"where list_has_any({parts}, {_list(self._values)})"
            ).fetchone()
            cleaned += row[0] if row else 0
        return cleaned


def is_distinctive(value: str) -> bool:
    """Whether a value can't well be a code of something else."""
    return is_hash(value) or (
        len(value) >= DISTINCTIVE_LENGTH and any(character.isdigit() for character in value)
    )


def _list(values: list[str]) -> str:
    return f"cast([{', '.join(map(literal, values))}] as varchar[])"


def _fill(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: list[tuple[str, ...]],
    columns: tuple[str, ...],
) -> None:
    table = pa.table(
        {
            column: pa.array([row[number] for row in rows], pa.string())
            for number, column in enumerate(columns)
        }
    )
    con.register("filled", table)
    con.execute(f"create or replace temp table {name} as from filled")
    con.unregister("filled")
