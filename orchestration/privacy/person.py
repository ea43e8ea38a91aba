"""Who a person is: every identifier that CRM and the warehouse's own identity give them.

An identifier that others have too (a household's landline, a recycled number, a shared device) is
the person's only in the periods in which it was nobody else's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from orchestration.ingestion.matching import EVER, IDENTIFIER_KINDS, Entry
from orchestration.ingestion.values import keyed_hash, national_digits
from orchestration.privacy.subject import CONTACT_KINDS, Subject, SubjectError
from orchestration.warehouse import quoted

#: What the warehouse calls its identifiers, and how we do.
KIND_OF_TYPE = {
    "visitor_id": "visitor_id",
    "login_id": "login_id",
    "customer_id": "customer_id",
    "email_hash": "email",
    "phone_hash": "phone",
    "social_handle_hash": "social_handle",
}
HANDLE = "social_handle"
#: Where the warehouse says whose an identifier is; whatever of it exists.
MEMBERSHIPS = (("intermediate", "int_identity__members"), ("marts", "bridge_person_identifier"))
CUSTOMER_SETS = ("intermediate", "int_identity__customer_sets")
#: What undoes the pseudonym of a profile.
PROFILES = ("intermediate", "int_customer_360__profile_traits")
#: A period without known start or end.
ALWAYS = (EVER, datetime(9999, 12, 31))  # noqa: DTZ001

Period = tuple[datetime, datetime]
#: Kind and the value that the warehouse knows: the hash where there is one, else the plain id.
Known = tuple[str, str]


@dataclass
class Person:
    """A person's customer ids, person ids and identifiers.

    `periods` has, by identifier, when it was this person's alone; None where it never was another
    person's. `plain` has the plain values known of each identifier. `spellings` are those of them
    that nobody named: handles as another source might write them. `pseudonyms` are the ids under
    which profiles of the person, or of a device of theirs alone, are published.
    """

    subject: Subject
    key: bytes = field(repr=False)
    customers: set[str] = field(default_factory=set)
    person_ids: set[str] = field(default_factory=set)
    periods: dict[Known, list[Period] | None] = field(default_factory=dict)
    plain: dict[Known, set[str]] = field(default_factory=dict)
    spellings: set[Known] = field(default_factory=set)
    pseudonyms: set[str] = field(default_factory=set)

    def entries(self, until: datetime | None = None) -> list[Entry]:
        """What rows are matched with; of contact data, rows up to `until` only."""
        found = []
        for (kind, value), periods in sorted(self.periods.items()):
            digest = self.digest((kind, value))
            if periods is None:
                found.append(Entry(kind, digest, None, until if kind in CONTACT_KINDS else None))
            else:
                found += [
                    Entry(kind, digest, start, None if end == ALWAYS[1] else end)
                    for start, end in periods
                ]
        return found

    def digest(self, known: Known) -> str:
        """The keyed hash of an identifier."""
        return known[1] if is_hash(known[1]) else keyed_hash(self.key, known[1])

    def own(self) -> list[Known]:
        """Identifiers that are nobody else's."""
        return sorted(known for known, periods in self.periods.items() if periods is None)

    def counts(self) -> dict[str, int]:
        """Identifiers by kind, each once however it is spelt."""
        kinds = [kind for kind, _ in self.periods.keys() - self.spellings]
        return {kind: kinds.count(kind) for kind in IDENTIFIER_KINDS if kind in kinds}

    def values_by_kind(self) -> dict[str, set[str]]:
        """Values as columns hold them: hashes, and plain ids."""
        found: dict[str, set[str]] = {}
        for kind, value in self.periods:
            found.setdefault(kind, set()).add(value)
        return found

    def pattern(self) -> str:
        """RE2 pattern that finds the person's values in a text, however they are written."""
        parts = set()
        for (kind, _), values in self.plain.items():
            for value in values:
                if kind == "phone":
                    parts.add("(?:[^0-9A-Za-z]|%20){0,3}".join(national_digits(value)))
                else:
                    parts.add(re.escape(value.lower()).replace("@", "(?:@|%40)"))
        return f"(?i)(?:{'|'.join(sorted(parts))})" if parts else ""


def is_hash(value: str) -> bool:
    """Whether a value is a keyed hash as columns hold it."""
    return bool(re.fullmatch("[0-9a-f]{64}", value))


def find(con: duckdb.DuckDBPyConnection, subject: Subject, key: bytes) -> Person:
    """The person whom an identifier belongs to. Raises SubjectError where it is several people's.

    A value that nothing knows gives a person of that one identifier.
    """
    start = (subject.kind, subject.hash if subject.is_hashed else subject.value)
    crm, graph = _crm(con), _graph(con)
    person = Person(subject, key)
    holders = {claim.owner for claim in crm.of_identifiers({start})}
    if subject.kind == HANDLE and not holders:
        # CRM may write the handle the other way
        other = (HANDLE, keyed_hash(key, other_spelling(subject.value)))
        if holders := {claim.owner for claim in crm.of_identifiers({other})}:
            start = other
    if subject.kind == "customer_id":
        holders = {subject.value}
    placed = graph.of_identifiers({("customer_id", customer) for customer in holders})
    person.person_ids = {claim.owner for claim in [*graph.of_identifiers({start}), *placed]}
    sets = _customer_sets(con, holders)
    unplaced = holders - {claim.known[1] for claim in placed}
    people = len(person.person_ids) + len({sets.get(customer, customer) for customer in unplaced})
    if people > 1:
        raise SubjectError(
            f"this {subject.kind} is {people} people's; name the person by a customer_id, or by an "
            "identifier of their own"
        )
    own = graph.of_owners(person.person_ids)
    person.customers = holders | set(sets)
    person.customers |= {claim.known[1] for claim in own if claim.known[0] == "customer_id"}
    own += crm.of_owners(person.customers)
    own += [Claim(("customer_id", customer), customer, ALWAYS) for customer in person.customers]
    spellings = _spellings(con, {start, *(claim.known for claim in own)}, person)
    nameless = _nameless_owners(graph, set(spellings)) - person.person_ids
    person.person_ids |= nameless
    own += graph.of_owners(nameless)
    named = {start, *(claim.known for claim in own)}
    person.spellings = set(spellings) - named
    known = named | person.spellings
    others = [c for c in graph.of_identifiers(known) if c.owner not in person.person_ids]
    others += [c for c in crm.of_identifiers(known) if c.owner not in person.customers]
    taken: dict[Known, list[Period]] = {}
    for claim in others:
        taken.setdefault(claim.known, []).append(claim.period)
    for identifier in known:
        if identifier in taken and identifier[0] != "customer_id":
            names = {identifier, spellings.get(identifier, identifier)}
            periods = [claim.period for claim in own if claim.known in names]
            person.periods[identifier] = _without(periods, taken[identifier])
        else:
            person.periods[identifier] = None
    _plain_values(con, person)
    person.pseudonyms = _pseudonyms(con, person)
    return person


def other_spelling(handle: str) -> str:
    """A handle with its `@` where it came without, and the other way round."""
    return handle[1:] if handle.startswith("@") else f"@{handle}"


def _spellings(
    con: duckdb.DuckDBPyConnection, known: Collection[Known], person: Person
) -> dict[Known, Known]:
    """Handles as sources may also write them, each with the one that is known.

    CRM has `@marie` where a network's export says `marie`: their hashes differ.
    """
    plain = [(person.subject.hash, person.subject.value)]
    plain += con.execute(
        "select hash, normalised from restricted.identifier_values "
        "where list_contains(?, hash) and normalised is not null order by all",
        [sorted(value for kind, value in known if kind == HANDLE)],
    ).fetchall()
    return {
        (HANDLE, keyed_hash(person.key, other_spelling(handle))): (HANDLE, digest)
        for digest, handle in plain
        if (HANDLE, digest) in known
    }


def _nameless_owners(graph: Claims, known: set[Known]) -> set[str]:
    """Person ids of whom no customer number is known, among those of some identifiers."""
    owners = {claim.owner for claim in graph.of_identifiers(known)}
    named = {claim.owner for claim in graph.of_owners(owners) if claim.known[0] == "customer_id"}
    return owners - named


def _without(own: Iterable[Period], others: Iterable[Period]) -> list[Period]:
    """What of some periods no other period covers."""
    left = sorted(set(own))
    for start, end in others:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, start)), (max(a, end), b))
            if part[0] < part[1]
        ]
    return sorted(set(left))


@dataclass(frozen=True)
class Claim:
    """That an identifier was an owner's (a customer's or a person's) in a period."""

    known: Known
    owner: str
    period: Period


@dataclass(frozen=True)
class Claims:
    """A relation of claims: SQL of `kind, value, owner, starts_at, ends_at`."""

    con: duckdb.DuckDBPyConnection
    sql: str | None

    def of_identifiers(self, known: set[Known]) -> list[Claim]:
        """Who has these identifiers."""
        wanted = sorted({value for _, value in known})
        return [claim for claim in self._read("value", wanted) if claim.known in known]

    def of_owners(self, owners: set[str]) -> list[Claim]:
        """What these owners have."""
        return self._read("owner", sorted(owners))

    def _read(self, column: str, values: list[str]) -> list[Claim]:
        if self.sql is None or not values:
            return []
        rows = self.con.execute(
            f"select kind, value, owner, starts_at, ends_at from ({self.sql}) as claims "
            f"where list_contains(?, {column}) and kind is not null and owner is not null "
            "and value is not null order by all",
            [values],
        ).fetchall()
        return [
            Claim((kind, value), owner, (start or ALWAYS[0], end or ALWAYS[1]))
            for kind, value, owner, start, end in rows
        ]


def _crm(con: duckdb.DuckDBPyConnection) -> Claims:
    return Claims(
        con,
        "select kind, coalesce(value_hash, trim(value)) as value, trim(customer_id) as owner, "
        "valid_from as starts_at, valid_to as ends_at from raw.crm__identifiers",
    )


def _graph(con: duckdb.DuckDBPyConnection) -> Claims:
    """The warehouse's own identity, as far as it has been built."""
    kinds = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in KIND_OF_TYPE.items())
    for schema, table in MEMBERSHIPS:
        if exists(con, schema, table):
            return Claims(
                con,
                f"select case identifier_type {kinds} end as kind, identifier_value as value, "
                "person_id as owner, valid_from as starts_at, valid_to as ends_at "
                f"from {quoted(schema)}.{quoted(table)}",
            )
    return Claims(con, None)


def _customer_sets(con: duckdb.DuckDBPyConnection, holders: set[str]) -> dict[str, str]:
    """Every customer id of the sets that some are of, with its set."""
    schema, table = CUSTOMER_SETS
    if not holders or not exists(con, schema, table):
        return {}
    relation = f"{quoted(schema)}.{quoted(table)}"
    rows = con.execute(
        f"select customer_id, customer_set_id from {relation} where customer_set_id in "
        f"(select customer_set_id from {relation} where list_contains(?, customer_id))",
        [sorted(holders)],
    ).fetchall()
    return {str(customer): str(group) for customer, group in rows}


def _pseudonyms(con: duckdb.DuckDBPyConnection, person: Person) -> set[str]:
    schema, table = PROFILES
    if not exists(con, schema, table):
        return set()
    devices = [value for kind, value in person.own() if kind == "visitor_id"]
    rows = con.execute(
        f"select profile_id from {quoted(schema)}.{quoted(table)} where "
        "subject_kind = 'person' and list_contains(?, subject_id) "
        "or subject_kind = 'visitor' and list_contains(?, subject_id)",
        [sorted(person.person_ids), devices],
    ).fetchall()
    return {str(row[0]) for row in rows}


def exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether a table or view has been built."""
    return bool(
        con.execute(
            "select 1 from duckdb_columns() where schema_name = ? and table_name = ? limit 1",
            [schema, table],
        ).fetchone()
    )


def _plain_values(con: duckdb.DuckDBPyConnection, person: Person) -> None:
    hashes = {value: (kind, value) for kind, value in person.periods if is_hash(value)}
    for known in person.periods:
        person.plain[known] = set() if known[1] in hashes else {known[1]}
    subject = person.subject
    if subject.is_hashed:
        person.plain[(subject.kind, subject.hash)].add(subject.value)
    for digest, value, normalised in con.execute(
        "select hash, value, normalised from restricted.identifier_values "
        "where list_contains(?, hash)",
        [sorted(hashes)],
    ).fetchall():
        person.plain[hashes[digest]] |= {text.strip() for text in (value, normalised) if text}
