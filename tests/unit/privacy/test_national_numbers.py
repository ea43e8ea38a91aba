"""A telephone number in national spelling is the person's in every country that delivers."""

from __future__ import annotations

import re

import duckdb
import pytest

from orchestration.ingestion.matching import Entry, Matcher
from orchestration.ingestion.values import keyed_hash, national_digits
from orchestration.privacy.person import Person
from orchestration.privacy.subject import Subject, SubjectError, loaded_countries, read_subject

KEY = b"key"
LONDON, BRUSSELS, COPENHAGEN = "+442079460018", "+3225551234", "+4532123456"


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A British, a Belgian and a Danish folder were loaded, one of them also as a French one."""
    con = duckdb.connect()
    con.execute("create schema raw; create schema restricted")
    con.execute(
        "create table raw.crm__customers as select unnest(['GB', 'BE', 'DK', 'FR']) as _country"
    )
    con.execute("create table restricted.suppressions (hash varchar)")
    con.execute("create table restricted.identifier_values (hash varchar)")
    for number in (LONDON, BRUSSELS):
        know(con, number)
    con.execute("insert into restricted.suppressions values (?)", [keyed_hash(KEY, COPENHAGEN)])
    return con


def know(con: duckdb.DuckDBPyConnection, number: str) -> None:
    con.execute("insert into restricted.identifier_values values (?)", [keyed_hash(KEY, number)])


@pytest.mark.parametrize(
    ("named", "number"),
    [
        ("020 7946 0018", LONDON),
        ("(020) 7946-0018", LONDON),
        ("+44 20 7946 0018", LONDON),
        ("02 555 12 34", BRUSSELS),
        ("32 12 34 56", COPENHAGEN),  # erased already
        ("06 12 34 56 78", "+33612345678"),  # nobody's
    ],
)
def test_a_request_names_a_number_as_its_country_writes_it(
    con: duckdb.DuckDBPyConnection, named: str, number: str
) -> None:
    assert read_subject(con, f"phone:{named}", KEY).value == number


def test_a_number_that_two_countries_hold_is_asked_for(con: duckdb.DuckDBPyConnection) -> None:
    for number in ("+33470123456", "+32470123456"):
        know(con, number)
    with pytest.raises(SubjectError, match="several numbers"):
        read_subject(con, "phone:0470 12 34 56", KEY)
    assert read_subject(con, "phone:+32 470 12 34 56", KEY).value == "+32470123456"


@pytest.mark.parametrize("named", ["anonymous", "not a number"])
def test_what_no_country_reads_is_refused(con: duckdb.DuckDBPyConnection, named: str) -> None:
    with pytest.raises(SubjectError):
        read_subject(con, f"phone:{named}", KEY)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (LONDON, "ring 020 7946 0018"),
        (BRUSSELS, "bel 02 555 12 34"),
        (COPENHAGEN, "ring 32 12 34 56"),
        ("+33612345678", "au 06.12.34.56.78"),
    ],
)
def test_texts_hold_a_number_in_its_country_s_spelling(
    con: duckdb.DuckDBPyConnection, number: str, text: str
) -> None:
    digest = keyed_hash(KEY, number)
    person = Person(
        Subject("phone", number, digest, True), KEY, plain={("phone", digest): {number}}
    )
    assert re.search(person.pattern(), text)
    assert national_digits(number) in re.sub(r"\D", "", text)
    matcher = Matcher(con, [Entry("phone", digest)], KEY)
    assert matcher.is_meant(text, *loaded_countries(con))
    assert not matcher.is_meant(text, "US")
