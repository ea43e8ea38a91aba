"""How much of one source is found in another: what identity and journeys will live on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Table
from orchestration.ingestion.values import KIND_OF_SUBJECT
from orchestration.warehouse import quoted

#: Columns under which formats deliver the same plain id.
PLAIN_IDS = {
    "visitor_id": ("visitor_id", "domain_userid", "anonymous_id", "user_pseudo_id"),
    "customer_id": ("customer_id",),
    "call_id": ("call_id",),
}
#: Where a kind of id is at home; what other sources carry of it should be found there.
HOMES = {
    "phone": ("crm/identifiers",),
    "email": ("crm/identifiers",),
    "login": ("crm/identifiers",),
    "handle": ("crm/identifiers",),
    "customer_id": ("crm/customers",),
    "visitor_id": ("web_tags/",),
    "call_id": ("call_records/",),
}
#: Lists that tell of calls, but aren't calls.
NOT_AT_HOME = frozenset(
    {"call_records/number_leases", "call_records/wrap_ups", "call_records/transcripts"}
)


#: Numbers of one's own that are called: no customer has them.
OWN_NUMBERS = frozenset({"number", "dialled_number", "dst", "to_number"})


@dataclass(frozen=True)
class JoinRate:
    """Distinct values of a source's column, and how many are found where such ids are at home."""

    source: str
    column: str
    kind: str
    home: str
    values: int
    found: int

    @property
    def share(self) -> float:
        """0..1."""
        return self.found / self.values if self.values else 0.0


@dataclass(frozen=True)
class _Column:
    source: str
    name: str
    kind: str
    sql: str


def rates(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> list[JoinRate]:
    """Join rates between the loaded tables."""
    columns = [column for table in tables for column in _columns(table)]
    found = []
    for kind, homes in HOMES.items():
        at_home = [
            column
            for column in columns
            if column.kind == kind
            and column.source.startswith(homes)
            and column.source not in NOT_AT_HOME
        ]
        if not at_home:
            continue
        union = " union ".join(column.sql for column in at_home)
        for column in columns:
            if column.kind != kind or column in at_home:
                continue
            row = con.execute(
                f"select count(*), count(*) filter (where value in ({union})) "
                f"from ({column.sql}) as delivered"
            ).fetchone()
            if row and row[0]:
                home = ", ".join(sorted({known.source for known in at_home}))
                found.append(JoinRate(column.source, column.name, kind, home, *row))
    return found


def _columns(table: Table) -> Iterable[_Column]:
    source = f"{table.family}/{table.format}"
    for column in table.columns:
        name = quoted(column.name)
        if column.name in OWN_NUMBERS:
            continue
        if column.pii in {"phone", "email", "handle", "login"}:
            yield _Column(source, column.name, column.pii, _distinct(table, _key(column.name)))
        for kind, names in PLAIN_IDS.items():
            if column.name in names:
                yield _Column(source, column.name, kind, _distinct(table, name))
        if not column.kind_column:
            continue
        for said, kind in KIND_OF_SUBJECT.items():
            is_plain = kind == "plain"
            value = name if is_plain else _key(column.name)
            where = f" and {quoted(column.kind_column)} = {literal(said)}"
            sql = _distinct(table, value, where)
            yield _Column(source, f"{column.name} ({said})", said if is_plain else kind, sql)


def _key(name: str) -> str:
    return f"coalesce({quoted(f'{name}_hash')}, {quoted(name)})"


def _distinct(table: Table, value: str, where: str = "") -> str:
    return (
        f"select distinct {value} as value from {table.relation} where {value} is not null{where}"
    )
