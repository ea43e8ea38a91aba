"""Whom a request names: KIND:VALUE, read, brought to its normal form and hashed."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from orchestration.ingestion.matching import IDENTIFIER_KINDS
from orchestration.ingestion.values import EMAIL_LIKE, Identifier, identify, keyed_hash
from orchestration.settings import Settings, SettingsError, key_fingerprint
from orchestration.warehouse import quoted

#: What the loader calls these kinds.
LOADED_AS = {"email": "email", "phone": "phone", "social_handle": "handle", "login_id": "login"}
#: Kinds whose values pass on to others, or come back with the person, after an erasure.
CONTACT_KINDS = frozenset({"email", "phone", "social_handle"})
STANDARD_INPUT = "-"
#: How numbers without prefix are read where no folder says otherwise.
HOME_COUNTRY = "FR"


class SubjectError(ValueError):
    """A request can't be carried out as it was given; the message holds no value of it."""


@dataclass(frozen=True)
class Subject:
    """A person as named: the kind, the normal form of the value, and its keyed hash.

    `is_hashed` says whether the warehouse's later layers hold the hash rather than the value.
    """

    kind: str
    value: str
    hash: str
    is_hashed: bool

    def __repr__(self) -> str:
        return f"Subject({self.kind}, {self.hash})"


def read_subject(con: duckdb.DuckDBPyConnection, text: str, key: bytes) -> Subject:
    """The person that `KIND:VALUE` names; the value `-` is read from standard input.

    A number without prefix is read as the loader read the rows of each folder: by its country.
    Raises SubjectError, also where two such readings are held.
    """
    kind, separator, value = text.partition(":")
    if not separator or kind not in IDENTIFIER_KINDS:
        raise SubjectError(f"write KIND:VALUE, with a kind of {', '.join(IDENTIFIER_KINDS)}")
    if value == STANDARD_INPUT:
        value = sys.stdin.readline()
    if kind != "phone":
        return subject_of(kind, value, HOME_COUNTRY, key)
    found: list[Subject] = []
    for country in loaded_countries(con):
        with suppress(SubjectError):
            found.append(subject_of(kind, value, country, key))
    if not found:
        return subject_of(kind, value, HOME_COUNTRY, key)
    held = {subject for subject in found if _is_known(con, subject)}
    if len(held) > 1:
        raise SubjectError("the phone is several numbers, by country; write it with its prefix, +…")
    return held.pop() if held else found[0]


def loaded_countries(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The countries by which loaded rows were read, the default one first."""
    tables = con.execute(
        "select distinct table_name from duckdb_columns() "
        "where schema_name = 'raw' and column_name = '_country' order by table_name"
    ).fetchall()
    found: set[str] = set()
    for (table,) in tables:
        rows = con.execute(f"select distinct _country from raw.{quoted(table)}").fetchall()
        found |= {str(row[0]) for row in rows if row[0]}
    return [HOME_COUNTRY, *sorted(found - {HOME_COUNTRY})]


def _is_known(con: duckdb.DuckDBPyConnection, subject: Subject) -> bool:
    """Whether a value was loaded, or is on the list of erased people."""
    return any(
        con.execute(
            f"select 1 from restricted.{table} where hash = ? limit 1", [subject.hash]
        ).fetchone()
        for table in ("identifier_values", "suppressions")
    )


def subject_of(kind: str, value: str, country: str, key: bytes) -> Subject:
    """The person whom a value names. Raises SubjectError."""
    if not value.strip():
        raise SubjectError(f"the {kind} is empty")
    if kind == "email" and not EMAIL_LIKE.fullmatch(value.strip()):
        raise SubjectError("the value is no e-mail address")
    if kind in LOADED_AS:
        found: Identifier = identify(LOADED_AS[kind], [value], country, key)[0]
        if found.hash and found.normalised:
            return Subject(kind, found.normalised, found.hash, True)
        if found.status != "plain":
            raise SubjectError(f"the value can't be read as a {kind}")
    plain = value.strip()
    return Subject(kind, plain, keyed_hash(key, plain), False)


def warehouse_key(con: duckdb.DuckDBPyConnection, settings: Settings) -> bytes:
    """The key of this warehouse's hashes. Raises SettingsError where it isn't the one given."""
    key = settings.require_key()
    known = con.execute("select fingerprint from audit.key_fingerprint").fetchone()
    if known and known[0] != key_fingerprint(key):
        raise SettingsError(
            "PASSERELLE_HMAC_KEY isn't the key that this warehouse's hashes were made with: nobody "
            "would be found. Restore the former key."
        )
    return key
