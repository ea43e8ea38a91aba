"""A profile's pseudonym leads to its person for an erasure, and to nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.privacy.layers import Layers
from orchestration.privacy.person import find
from orchestration.privacy.subject import Subject

ALICE = Subject("customer_id", "C1", "0" * 64, is_hashed=False)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Alice (p1) alone has the visitor v1; she and Bob (p2) share v2; v3 is nobody's."""
    with duckdb.connect() as con:
        for schema in ("raw", "restricted", "intermediate", "marts"):
            con.execute(f"create schema {schema}")
        con.execute(
            "create table raw.crm__identifiers (customer_id varchar, kind varchar, value varchar, "
            "value_hash varchar, valid_from timestamp, valid_to timestamp)"
        )
        con.execute(
            "create table restricted.identifier_values "
            "(hash varchar, value varchar, normalised varchar)"
        )
        con.execute(
            "create table intermediate.int_identity__members as select *, "
            "timestamp '2026-01-01' as valid_from, null::timestamp as valid_to from (values "
            "('customer_id', 'C1', 'p1'), ('visitor_id', 'v1', 'p1'), ('visitor_id', 'v2', 'p1'), "
            "('customer_id', 'C2', 'p2'), ('visitor_id', 'v2', 'p2')) "
            "as members (identifier_type, identifier_value, person_id)"
        )
        con.execute(
            "create table intermediate.int_customer_360__profile_traits as select * from (values "
            "('f1', 'person', 'p1'), ('f2', 'visitor', 'v1'), ('f3', 'visitor', 'v2'), "
            "('f4', 'person', 'p2'), ('f5', 'visitor', 'v3'), ('f6', 'visitor', 'p1')) "
            "as traits (profile_id, subject_kind, subject_id)"
        )
        con.execute(
            "create table marts.dmp_profiles as select profile_id "
            "from intermediate.int_customer_360__profile_traits"
        )
        yield con


def test_her_profiles_go_with_her(con: duckdb.DuckDBPyConnection) -> None:
    person = find(con, ALICE, b"key")
    assert person.pseudonyms == {"f1", "f2"}


def test_published_profiles_are_hers_without_the_table_that_names_her(
    con: duckdb.DuckDBPyConnection,
) -> None:
    person = find(con, ALICE, b"key")
    person.pseudonyms = {"a" * 64}
    con.execute("insert into marts.dmp_profiles values (?)", ["a" * 64])
    layers = Layers(con, "memory", person, ["marts"])
    assert layers.delete() == {"marts.dmp_profiles": 1}


def test_a_warehouse_without_profiles_has_no_pseudonyms(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("drop table intermediate.int_customer_360__profile_traits")
    assert find(con, ALICE, b"key").pseudonyms == set()
