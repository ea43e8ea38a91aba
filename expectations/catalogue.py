"""The expectation types that a suite may use, with their arguments.

Closed on purpose: each type here is proven on DuckDB by the adapter's matrix and has a mutation in
the tests of the tests. Names starting with `expect_` are Great Expectations' own; the others are
this project's rules (see `rules.py`), which reach Great Expectations as SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from expectations.rules import RULES

Scope = Literal["table", "rows", "column", "rule"]


@dataclass(frozen=True)
class ExpectationType:
    """One allowed type.

    scope: `table` (structure, volume), `rows` (true of each row), `column` (a figure of a whole
    column, not asked of an empty table), `rule` (SQL that returns the offending rows).
    """

    name: str
    scope: Scope
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


def _type(name: str, scope: Scope, required: str, optional: str = "") -> ExpectationType:
    return ExpectationType(name, scope, frozenset(required.split()), frozenset(optional.split()))


CATALOGUE: dict[str, ExpectationType] = {
    entry.name: entry
    for entry in (
        _type("expect_table_columns_to_match_set", "table", "column_set", "exact_match"),
        _type("expect_table_row_count_to_be_between", "table", "", "min_value max_value"),
        _type("expect_column_values_to_not_be_null", "rows", "column", "mostly"),
        _type("expect_column_values_to_be_between", "rows", "column", "min_value max_value mostly"),
        _type("expect_column_values_to_be_in_set", "rows", "column value_set", "mostly"),
        _type("expect_column_values_to_match_regex", "rows", "column regex", "mostly"),
        _type(
            "expect_column_value_lengths_to_be_between",
            "rows",
            "column",
            "min_value max_value mostly",
        ),
        _type(
            "expect_column_pair_values_a_to_be_greater_than_b",
            "rows",
            "column_A column_B",
            "or_equal mostly",
        ),
        _type("expect_column_mean_to_be_between", "column", "column", "min_value max_value"),
        _type("expect_column_median_to_be_between", "column", "column", "min_value max_value"),
        _type(
            "expect_column_unique_value_count_to_be_between",
            "column",
            "column",
            "min_value max_value",
        ),
        *(
            ExpectationType(rule.name, "rule", rule.required, rule.optional)
            for rule in RULES.values()
        ),
    )
}
