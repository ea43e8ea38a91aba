"""Which rows break an expectation, asked by our own query: ids only, never values.

Great Expectations counts failing rows in SQL, but lists them by value and cuts the list. Reports
may show row ids only, so the runner asks for these itself, for expectations that failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expectations.registry import Entry, Suite
from expectations.rules import RULES, RuleContext
from expectations.sql import BATCH, identifier, literal, row_id

MAX_ROW_IDS = 20


def _outside(column: str, kwargs: Mapping[str, Any], measured: str) -> str:
    bounds = []
    if kwargs.get("min_value") is not None:
        bounds.append(f"{measured} < {literal(kwargs['min_value'])}")
    if kwargs.get("max_value") is not None:
        bounds.append(f"{measured} > {literal(kwargs['max_value'])}")
    return f"{column} is not null and ({' or '.join(bounds) or 'false'})"


def failing_condition(entry_type: str, kwargs: Mapping[str, Any]) -> str | None:
    """SQL that is true of the rows that break a row-wise expectation; None for other types."""
    if entry_type == "expect_column_pair_values_a_to_be_greater_than_b":
        a, b = identifier(kwargs["column_A"]), identifier(kwargs["column_B"])
        operator = "<" if kwargs.get("or_equal") else "<="
        return f"{a} is not null and {b} is not null and {a} {operator} {b}"
    if "column" not in kwargs:
        return None
    column = identifier(kwargs["column"])
    if entry_type == "expect_column_values_to_not_be_null":
        return f"{column} is null"
    if entry_type == "expect_column_values_to_be_between":
        return _outside(column, kwargs, column)
    if entry_type == "expect_column_value_lengths_to_be_between":
        return _outside(column, kwargs, f"length({column})")
    if entry_type == "expect_column_values_to_be_in_set":
        values = ", ".join(literal(value) for value in kwargs["value_set"])
        return f"{column} is not null and {column} not in ({values})"
    if entry_type == "expect_column_values_to_match_regex":
        pattern = literal(kwargs["regex"])
        return f"{column} is not null and not regexp_matches({column}, {pattern})"
    return None


def rule_query(entry: Entry, suite: Suite, kwargs: Mapping[str, Any], as_of: str) -> str:
    """SQL of one of the project's rules, with `{batch}` still to be filled in."""
    context = RuleContext(row_id=row_id(suite.layer, suite.key), as_of=as_of)
    return RULES[entry.type].query(kwargs, context)


def measure_query(entry: Entry, suite: Suite, kwargs: Mapping[str, Any], as_of: str) -> str | None:
    """SQL of the figure a rule observes, or None when it only counts rows."""
    measure = RULES[entry.type].measure
    if measure is None:
        return None
    return measure(kwargs, RuleContext(row_id=row_id(suite.layer, suite.key), as_of=as_of))


def failing_ids_query(
    entry: Entry, suite: Suite, kwargs: Mapping[str, Any], as_of: str
) -> str | None:
    """SQL of at most MAX_ROW_IDS ids of failing rows in a stable order.

    None when there are no rows to name (structure, volume, figures of a whole column).
    """
    if entry.definition.scope == "rule":
        offending = rule_query(entry, suite, kwargs, as_of)
    else:
        condition = failing_condition(entry.type, kwargs)
        if condition is None:
            return None
        offending = (
            f"select {row_id(suite.layer, suite.key)} as row_id from {BATCH} where {condition}"
        )
    return (
        f"select distinct row_id from ({offending}) where row_id is not null "
        f"order by row_id limit {MAX_ROW_IDS}"
    )
