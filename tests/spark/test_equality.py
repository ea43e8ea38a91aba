"""The comparison of two marts finds what differs, and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from tests.spark.equality import compared

SAME = "(values (1, 'a', 0.1::double), (1, 'a', 0.1::double), (2, null, null)) as t(n, s, f)"


def test_order_and_the_last_digit_do_not_matter() -> None:
    other = "(values (2, null, null), (1, 'a', 0.1 + 1e-12), (1, 'a', 0.1 - 1e-12)) as t(n, s, f)"
    assert not compared(duckdb.connect(), SAME, f"(select n, s, f::double as f from {other})")


@pytest.mark.parametrize(
    ("other", "unmatched"),
    [
        ("(1, 'a', 0.1), (2, null, null)", 1),
        ("(1, 'a', 0.1), (1, 'a', 0.1), (1, 'a', 0.1)", 1),
        ("(1, 'a', 0.1), (1, 'a', 0.10001), (2, null, null)", 1),
        ("(1, 'a', 0.1), (1, 'a', null), (2, null, null)", 1),
        ("(1, 'a', 0.1), (1, 'a', 0.1), (2, '', null)", 1),
    ],
    ids=["a row less", "another row", "another fraction", "a null", "an empty text"],
)
def test_a_difference_is_found(other: str, unmatched: int) -> None:
    relation = f"(select n, s, f::double as f from (values {other}) as t(n, s, f))"
    found = compared(duckdb.connect(), SAME, relation)
    assert found
    assert found.unmatched >= unmatched


def test_a_moment_is_compared_to_the_microsecond() -> None:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    left = "(select timestamp '2026-01-01 00:00:00.000001' as at)"
    same = "(select timestamptz '2026-01-01 01:00:00.000001+01' as at)"
    later = "(select timestamptz '2026-01-01 00:00:00.000002+00' as at)"
    assert not compared(con, left, same)
    assert compared(con, left, later)


def test_other_columns_are_said() -> None:
    with pytest.raises(ValueError, match="columns differ"):
        compared(duckdb.connect(), "(select 1 as a)", "(select 1 as b)")
    with pytest.raises(ValueError, match="columns differ"):
        compared(duckdb.connect(), "(select 1 as a)", "(select '1' as a)")
