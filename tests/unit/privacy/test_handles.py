"""A handle is one person's with its `@` and without: sources write it either way."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.ingestion.matching import Matcher
from orchestration.ingestion.values import keyed_hash
from orchestration.privacy.person import find
from orchestration.privacy.subject import read_subject

KEY = b"key"
WITH, WITHOUT = keyed_hash(KEY, "@marie_zz"), keyed_hash(KEY, "marie_zz")


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """CRM knows `@Marie_ZZ` of C1; a network's export made a person of `marie_zz` alone."""
    con = duckdb.connect()
    con.execute("create schema raw; create schema marts; create schema restricted")
    con.execute(
        "create table raw.crm__identifiers (customer_id varchar, kind varchar, value varchar, "
        "value_hash varchar, valid_from timestamp, valid_to timestamp)"
    )
    con.execute(
        "insert into raw.crm__identifiers values "
        "('C1', 'social_handle', '@Marie_ZZ', $known, null, null)",
        {"known": WITH},
    )
    con.execute(
        "create table restricted.identifier_values (hash varchar, value varchar, "
        "normalised varchar)"
    )
    con.execute(
        "insert into restricted.identifier_values values "
        "($known, '@Marie_ZZ', '@marie_zz'), ($other, 'marie_zz', 'marie_zz')",
        {"known": WITH, "other": WITHOUT},
    )
    con.execute(
        "create table marts.bridge_person_identifier (identifier_type varchar, "
        "identifier_value varchar, valid_from timestamp, valid_to timestamp, person_id varchar)"
    )
    con.execute(
        "insert into marts.bridge_person_identifier values "
        "('customer_id', 'C1', null, null, 'p1'), "
        "('social_handle_hash', $known, null, null, 'p1'), "
        "('social_handle_hash', $other, null, null, 'p2')",
        {"known": WITH, "other": WITHOUT},
    )
    return con


@pytest.mark.parametrize(
    "named", ["customer_id:C1", "social_handle:@marie_zz", "social_handle: Marie_ZZ"]
)
def test_both_writings_are_the_person(con: duckdb.DuckDBPyConnection, named: str) -> None:
    person = find(con, read_subject(con, named, KEY), KEY)

    assert person.customers == {"C1"}
    assert person.person_ids == {"p1", "p2"}
    assert {("social_handle", WITH), ("social_handle", WITHOUT)} <= set(person.own())
    found = Matcher(con, person.entries(), KEY)
    assert found.is_meant("bonjour @Marie_ZZ !", "FR")
    assert found.is_meant('{"acct": "marie_zz"}', "FR")


def test_a_writing_of_somebody_else_stays_theirs(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into raw.crm__identifiers values "
        "('C2', 'social_handle', 'marie_zz', $other, null, null)",
        {"other": WITHOUT},
    )
    con.execute(
        "insert into marts.bridge_person_identifier values ('customer_id', 'C2', null, null, 'p2')"
    )

    person = find(con, read_subject(con, "customer_id:C1", KEY), KEY)

    assert person.person_ids == {"p1"}
    assert ("social_handle", WITHOUT) not in person.own()
