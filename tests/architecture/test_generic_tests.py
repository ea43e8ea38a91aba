"""The tests of the data are tested: each is shown values that it must find, and others."""

from __future__ import annotations

import random

import duckdb
import pytest
from conftest import Dbt

CALLS = {
    "no_plain_pii": "test_no_plain_pii('shown', ['value'])",
    "no_plain_pii_of_two": "test_no_plain_pii('shown', ['value', 'other'])",
    "hex_digest": "test_hex_digest('shown', ['value'])",
    "hex_digest_of_two": "test_hex_digest('shown', ['value', 'other'])",
    "positive": "test_positive('shown', 'amount')",
    "not_in_future": "test_not_in_future('shown', 'moment', 300)",
    "not_before": "test_not_before('shown', 'moment', 'since')",
    "key": "test_key('shown', ['value', 'amount'], required=['other'])",
    "key_with_nullable": "test_key('shown', ['value', 'amount'], nullable=['amount'])",
    "well_formed_identifiers": "test_well_formed_identifiers('shown')",
    "required": "test_required('shown', ['value', 'amount'])",
}
MARK = "-- next test"
#: What staging lets through of a column `value`, where the test of personal data finds something.
PASSED = {
    "text": "safe_text('value')",
    "path": "safe_path(\"'/' || value\")",
}
#: What telephone numbers, addresses and ids are made of.
PIECES = (
    *("0", "00", "+", "33", "6", "12", "34", "56", "78", "0612345678", "+33612345678", "a@b.fr"),
    *(" ", ".", "/", "-", "(", ")", "_", "a", "GCLID", "%20", "%2B", ":", ";", "=", "&", ",", "27"),
)


@pytest.fixture(scope="module")
def compiled(dbt: Dbt) -> dict[str, str]:
    """The SQL of each generic test on a table `shown`."""
    inline = f"\n{MARK}\n".join("{{ " + call + " }}" for call in CALLS.values())
    result = dbt.invoke("compile", "--inline", inline)
    return dict(zip(CALLS, result.result.results[0].node.compiled_code.split(MARK), strict=True))


@pytest.mark.parametrize("kind", PASSED)
def test_what_staging_lets_through_names_nobody(dbt: Dbt, kind: str) -> None:
    # Else one odd id among millions, GCLID.0027724096783969, would block a publication.
    found = "select count(*) from (select {{ %s }} as shown from given) where {{ %s }}"
    inline = found % (PASSED[kind], "names_a_person('shown')")
    before = "select count(*) from given where {{ names_a_person('value') }}"
    results = dbt.invoke("compile", "--inline", f"{inline}{MARK}{before}").result.results
    after_sql, before_sql = results[0].node.compiled_code.split(MARK)
    draw = random.Random(1)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(1, 12))) for _ in range(100_000)]
    with duckdb.connect() as con:
        con.execute("create table given as select unnest(?) as value", [texts])
        ((personal,),) = con.execute(before_sql).fetchall()
        assert personal > 10_000
        assert con.execute(after_sql).fetchall() == [(0,)]


def failures(sql: str, rows: str) -> int:
    with duckdb.connect() as con:
        con.execute(f"create table shown as {rows}")
        return len(con.execute(sql).fetchall())


@pytest.mark.parametrize(
    "value",
    [
        "jean@example.org",
        "write to jean@example.org please",
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "call +33612345678 now",
        "+33 6 12 34 56 78",
        "0033612345678",
        "+1 (415) 555-0100",
    ],
)
def test_a_value_that_names_a_person_is_found(compiled: dict[str, str], value: str) -> None:
    assert failures(compiled["no_plain_pii"], f"select '{value}' as value") == 1


@pytest.mark.parametrize(
    "value",
    [
        "C-000123456",
        "a" * 64,
        "0123456789abcdef" * 4,
        "2026-10-31 22:00:00",
        "P-AUTO",
        "12345",
        "a @ b",
    ],
)
def test_other_values_pass(compiled: dict[str, str], value: str) -> None:
    assert failures(compiled["no_plain_pii"], f"select '{value}' as value") == 0


def test_no_plain_pii_doesn_t_return_the_value(compiled: dict[str, str]) -> None:
    with duckdb.connect() as con:
        con.execute("create table shown as select 'jean@example.org' as value")
        assert con.execute(compiled["no_plain_pii"]).fetchall() == [("value",)]


def test_each_column_is_looked_at(compiled: dict[str, str]) -> None:
    rows = "select 'jean@example.org' as {}, 'fine' as {}"
    for found_in, fine in (("value", "other"), ("other", "value")):
        assert failures(compiled["no_plain_pii_of_two"], rows.format(found_in, fine)) == 1
    # Neighbours don't make up a number or an address between them.
    for left, right in (("06 12 34", "56 78"), ("jean@", "example.org"), ("0612345", "678")):
        apart = f"select '{left}' as value, '{right}' as other"
        assert failures(compiled["no_plain_pii_of_two"], apart) == 0


def test_a_digest_has_64_lower_case_hex_digits(compiled: dict[str, str]) -> None:
    good = f"select '{'0af9' * 16}' as value union all select null"
    assert failures(compiled["hex_digest"], good) == 0
    for value in ("0af9" * 15, "0AF9" * 16, "0afg" * 16, "jean@example.org"):
        assert failures(compiled["hex_digest"], f"select '{value}' as value") == 1
        other = f"select null::varchar as value, '{value}' as other"
        assert failures(compiled["hex_digest_of_two"], other) == 1


def test_positive(compiled: dict[str, str]) -> None:
    rows = "select unnest([1.0, 0.0, -1.0, null]) as amount"
    assert failures(compiled["positive"], rows) == 2


def test_not_in_future(compiled: dict[str, str]) -> None:
    inside, outside = "2026-10-31 22:05:00", "2026-10-31 22:05:01"
    assert failures(compiled["not_in_future"], f"select timestamp '{inside}' as moment") == 0
    assert failures(compiled["not_in_future"], f"select timestamp '{outside}' as moment") == 1


def test_not_before(compiled: dict[str, str]) -> None:
    rows = "select timestamp '{}' as moment, timestamp '2026-10-01 00:00:00' as since"
    assert failures(compiled["not_before"], rows.format("2026-10-01 00:00:00")) == 0
    assert failures(compiled["not_before"], rows.format("2026-09-30 23:59:59")) == 1


def test_key(compiled: dict[str, str]) -> None:
    rows = "select unnest([{}]) as value, unnest([{}]) as amount, unnest([{}]) as other"
    for name, values, amounts, others, found in [
        ("key", "'a', 'a'", "1, 2", "0, 0", []),
        ("key", "'a', 'a'", "1, 1", "0, 0", ["2 rows have this key"]),
        ("key", "'a', null", "1, 1", "0, 0", ["value is null"]),
        ("key", "'a', 'a'", "1, null", "0, 0", ["amount is null"]),
        ("key", "'a', 'a'", "1, 2", "0, null", ["other is null"]),
        ("key_with_nullable", "'a', 'a'", "1, null", "0, null", []),
        ("key_with_nullable", "'a', 'a'", "null, null", "0, 0", ["2 rows have this key"]),
        ("key_with_nullable", "null, 'a'", "1, 1", "0, 0", ["value is null"]),
    ]:
        with duckdb.connect() as con:
            con.execute(f"create table shown as {rows.format(values, amounts, others)}")
            told = [row[-1] for row in con.execute(compiled[name]).fetchall()]
        assert told == found, (name, values, amounts, others)


def test_required(compiled: dict[str, str]) -> None:
    rows = "select unnest(['a', null, 'b']) as value, unnest([1, 2, null]) as amount"
    assert failures(compiled["required"], rows) == 2
    assert failures(compiled["required"], "select 'a' as value, 1 as amount") == 0


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("phone", "+33600000000", 0),
        ("phone", "0600000000", 1),
        ("phone", "+33 6 00 00 00 00", 1),
        ("email", "test@test.com", 0),
        ("email", "Test@test.com", 1),
        ("email", "test", 1),
        ("social_handle", "@House", 1),
        ("login_id", "Guest", 0),
        ("login_id", " guest", 1),
    ],
)
def test_identifiers_are_written_as_they_are_hashed(
    compiled: dict[str, str], kind: str, value: str, found: int
) -> None:
    rows = f"select '{kind}' as kind, '{value}' as value"
    assert failures(compiled["well_formed_identifiers"], rows) == found
