"""What the check of net revenue takes for more than there was."""

from __future__ import annotations

import duckdb
import pytest

from expectations.registry import load_suites


@pytest.mark.parametrize(
    ("revenue", "net", "is_wrong"),
    [
        ("100", "100", False),
        ("100", "0", False),
        ("100", "100.01", True),
        # a refund stands as it is; one that was withdrawn leaves nothing
        ("-20", "-20", False),
        ("-20", "0", False),
        ("-20", "1", True),
        ("null", "null", False),
    ],
)
def test_a_withdrawn_refund_is_no_fault(revenue: str, net: str, is_wrong: bool) -> None:
    (suite,) = (s for s in load_suites("marts").values() if s.table == "fct_conversions")
    (entry,) = (e for e in suite.entries if e.name == "no_more_revenue_remains")

    row = f"(select cast({revenue} as decimal(18,4)) as revenue_eur, {net} as net_revenue_eur)"
    found = duckdb.sql(f"select count(*) from {row} where {entry.kwargs['condition']}").fetchone()

    assert found == (int(is_wrong),)
