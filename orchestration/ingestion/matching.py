"""Which rows of a raw table carry one of a set of identifiers, known by their keyed hashes alone.

Columns are read by their class in the contract; every other text, JSON and `_extra` included, by
the tokens in it. Both the erasure and the loader ask here, so that what was taken out is what is
kept out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import duckdb
import pyarrow as pa

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Column, Table
from orchestration.ingestion.joins import PLAIN_IDS
from orchestration.ingestion.tokens import (
    NAMED_KINDS,
    PHONE,
    Reading,
    decoded_sql,
    hash_parameters,
    hash_sql,
    is_worth_reading,
    readings,
    tokens_of,
    tokens_sql,
)
from orchestration.ingestion.values import keyed_hash
from orchestration.warehouse import quoted

#: What a person is known by, and the records that go with the person's rows.
IDENTIFIER_KINDS = ("customer_id", "email", "phone", "visitor_id", "login_id", "social_handle")
CALL, CONTRACT = "call", "contract"

CUSTOMER_COLUMNS = frozenset({"customer_id", "left_customer_id", "right_customer_id"})
VISITOR_COLUMNS = frozenset(
    {*PLAIN_IDS["visitor_id"], "visitor_id", "network_userid", "refr_domain_userid"}
)
#: Columns by which other rows tell of a call, and those that are a call's own.
OWN_CALL_COLUMNS = ("call_id", "uniqueid", "linkedid", "sid", "conversation_id")
CALL_COLUMNS = frozenset({*OWN_CALL_COLUMNS, "parent_call_sid", "transferred_from_call_id"})
CALL_TABLES = frozenset({"flat", "asterisk", "twilio", "genesys"})

HASHED_KINDS = {
    "phone": PHONE,
    "email": NAMED_KINDS,
    "handle": NAMED_KINDS,
    "login": NAMED_KINDS,
}
#: Before every time that a row may carry: the start of a period without start.
EVER = datetime(1, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True)
class Entry:
    """An identifier as keyed hash, and from when until when rows under it are meant.

    Without `from_at` the identifier is nobody else's: rows until `until_at` are meant, and those
    without time. With it the identifier is shared: only rows known to be of that period (its end
    left out) are meant, and none that names a customer.
    """

    kind: str
    hash: str
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True)
class Slot:
    """SQL of a value of a row, what it may identify, and whether it is a keyed hash already."""

    sql: str
    kinds: frozenset[str]
    is_hash: bool


def slots(table: Table) -> list[Slot]:
    """Where rows of a table name people, and calls or contracts that other rows are told by."""
    return [slot for column in table.columns for slot in _slots(table, column)]


def _slots(table: Table, column: Column) -> Iterable[Slot]:
    name = quoted(column.name)
    hashed = quoted(f"{column.name}_hash")
    if kinds := HASHED_KINDS.get(column.pii):
        yield Slot(hashed, kinds, True)
    if column.pii == "login":
        yield Slot(f"case when {hashed} is null then {name} end", frozenset({"login_id"}), False)
    if column.kind_column:
        said = quoted(column.kind_column)
        yield Slot(hashed, NAMED_KINDS | PHONE, True)
        for kind in ("customer_id", "visitor_id", "login_id"):
            value = f"case when {said} = {literal(kind)} and {hashed} is null then {name} end"
            yield Slot(value, frozenset({kind}), False)
    if column.pii == "pseudonym" and column.name in CUSTOMER_COLUMNS:
        yield Slot(name, frozenset({"customer_id"}), False)
    if column.pii == "pseudonym" and column.name in VISITOR_COLUMNS:
        yield Slot(name, frozenset({"visitor_id"}), False)
    tells_of_calls = table.family in {"call_records", "surveys"} or table.format == "quality_scores"
    if tells_of_calls and column.name in CALL_COLUMNS:
        yield Slot(name, frozenset({CALL}), False)
    if table.format == "lead_outcomes" and column.name == "contract_id":
        yield Slot(name, frozenset({CONTRACT}), False)


def text_sql(table: Table) -> str:
    """SQL of all texts of a row, one a line."""
    names = [
        f"cast({quoted(column.name)} as varchar)"
        for column in table.columns
        if column.data_type in {"varchar", "json"}
        and not column.values
        # Ids of events would be as many tokens as rows.
        and not (column.pii == "none" and column.name in table.key)
    ]
    return f"concat_ws(chr(10), {', '.join([*names, 'cast(_extra as varchar)'])})"


class Matcher:
    """Finds rows under a set of entries; `key` is that of the hashes."""

    def __init__(self, con: duckdb.DuckDBPyConnection, entries: Collection[Entry], key: bytes):
        self.con = con
        self.key = key
        self._by_hash: dict[str, list[Entry]] = {}
        for entry in entries:
            self._by_hash.setdefault(entry.hash, []).append(entry)

    def matching(self, table: Table, country: str, where: str = "true") -> set[tuple[str, int]]:
        """File and line of the rows of a raw table, among those of `where`, that are meant."""
        self._register_hashes()
        found = slots(table)
        hits: list[tuple[int, str, Entry]] = []
        for number, slot in enumerate(found):
            hits += [(number, *hit) for hit in self._slot_hits(table, slot, where)]
        hits += [(-1, *hit) for hit in self._token_hits(table, country, where)]
        if not hits:
            return set()
        self._register(hits)
        time = quoted(table.event_time) if table.event_time else "cast(null as timestamp)"
        # What is shared says nothing of a row that names its customer.
        named = [quoted(name) for name in table.by_name if name in CUSTOMER_COLUMNS]
        is_named = " or ".join(f"{name} is not null" for name in named) or "false"
        selects = []
        for number in sorted({hit[0] for hit in hits}):
            text = decoded_sql(text_sql(table))
            value = found[number].sql if number >= 0 else f"unnest({tokens_sql(text)})"
            selects.append(
                f"select _file_id, _line, {number} as slot, {value} as value, {time} as at, "
                f"{is_named} as is_named from {table.relation} where {where}"
            )
        rows = self.con.execute(
            "select distinct rows._file_id, rows._line from ("
            + " union all ".join(selects)
            + ") as rows inner join matching_hits as hits "
            "on rows.slot = hits.slot and rows.value = hits.value "
            "where (hits.from_at is null and (rows.at is null or hits.until_at is null "
            "or rows.at <= hits.until_at)) or (rows.at >= hits.from_at and not rows.is_named "
            "and (hits.until_at is null or rows.at < hits.until_at))"
        ).fetchall()
        return {(str(file_id), int(line)) for file_id, line in rows}

    def is_meant(self, text: str, *countries: str) -> bool:
        """Whether a text of unknown time carries an identifier that is nobody else's.

        Numbers without prefix are read as those of any of the countries.
        """
        return any(
            entry.from_at is None
            for token in tokens_of(text)
            for country in countries
            for entry in self._meant(readings(self.key, token, country))
        )

    def _slot_hits(self, table: Table, slot: Slot, where: str) -> Iterable[tuple[str, Entry]]:
        kinds = slot.kinds
        if not any(entry.kind in kinds for of in self._by_hash.values() for entry in of):
            return
        digest_sql = "slot_value" if slot.is_hash else hash_sql("trim(slot_value)")
        for (value,) in self.con.execute(
            "select slot_value from (select distinct "
            f"{slot.sql} as slot_value from {table.relation} where {where}) as delivered "
            f"where slot_value is not null and {digest_sql} in (select hash from matching_hashes)",
            {} if slot.is_hash else hash_parameters(self.key),
        ).fetchall():
            digest = value if slot.is_hash else keyed_hash(self.key, value.strip())
            yield from ((value, entry) for entry in self._meant([(kinds, digest)]))

    def _token_hits(self, table: Table, country: str, where: str) -> Iterable[tuple[str, Entry]]:
        if not self._has_identifiers:
            return
        is_worth = is_worth_reading(
            "token", "select hash from matching_hashes", with_numbers=self._has_numbers
        )
        self.con.execute(
            f"with texts as materialized (select distinct {decoded_sql(text_sql(table))} as said "
            f"from {table.relation} where {where}) "
            f"select token from (select distinct unnest({tokens_sql('said')}) as token from texts) "
            f"as tokens where {is_worth}",
            hash_parameters(self.key),
        )
        while batch := self.con.fetchmany(100_000):
            for (token,) in batch:
                for entry in self._meant(readings(self.key, token, country)):
                    yield token, entry

    @cached_property
    def _has_identifiers(self) -> bool:
        return any(e.kind in IDENTIFIER_KINDS for of in self._by_hash.values() for e in of)

    @cached_property
    def _has_numbers(self) -> bool:
        return any(entry.kind in PHONE for of in self._by_hash.values() for entry in of)

    def _meant(self, found: Iterable[Reading]) -> Iterable[Entry]:
        for kinds, digest in found:
            for entry in self._by_hash.get(digest, ()):
                if entry.kind in kinds:
                    yield entry

    def _register_hashes(self) -> None:
        self.con.register("hashes_known", pa.table({"hash": pa.array(list(self._by_hash))}))
        self.con.execute("create or replace temp table matching_hashes as from hashes_known")
        self.con.unregister("hashes_known")

    def _register(self, hits: list[tuple[int, str, Entry]]) -> None:
        table = pa.table(
            {
                "slot": pa.array([slot for slot, _, _ in hits], pa.int32()),
                "value": pa.array([value for _, value, _ in hits], pa.string()),
                "from_at": pa.array([entry.from_at for *_, entry in hits], pa.timestamp("us")),
                "until_at": pa.array([entry.until_at for *_, entry in hits], pa.timestamp("us")),
            }
        )
        self.con.register("hits_found", table)
        self.con.execute("create or replace temp table matching_hits as from hits_found")
        self.con.unregister("hits_found")


def prefilter(table: Table, values: Mapping[str, Collection[str]], pattern: str) -> str:
    """SQL that lets all rows pass that may be meant, and few others.

    `values` are plain values and hashes by kind; `pattern` (RE2) is what texts are searched for.
    """
    tests = []
    for slot in slots(table):
        known = sorted({value for kind in slot.kinds for value in values.get(kind, ())})
        if known:
            sql = slot.sql if slot.is_hash else f"trim({slot.sql})"
            tests.append(f"{sql} in ({', '.join(map(literal, known))})")
    if pattern:
        tests.append(f"regexp_matches({text_sql(table)}, {literal(pattern)})")
    return f"coalesce({' or '.join(f'({test})' for test in tests)}, false)" if tests else "false"
