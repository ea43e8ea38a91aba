"""Which files break a critical expectation of a raw table, each file judged by its own rows.

One file's fate must not hang on what arrives with it: a share that a small file breaks by far is
nothing among the rows of a large one. All files of a batch are asked in one query, and only where
some row fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from expectations.failing_rows import MAX_ROW_IDS, failing_condition, rule_query
from expectations.registry import Entry, Suite
from expectations.results import FileFailure, Outcome, rows_text
from expectations.rules import RULES
from expectations.sql import BATCH, identifier, row_id

Execute = Callable[[str], list[tuple[Any, ...]]]
FILE = identifier("_file_id")


def failing_files(
    execute: Execute,
    batch: str,
    suite: Suite,
    arguments: Mapping[str, Mapping[str, Any]],
    outcomes: Mapping[str, Outcome],
    as_of: str,
) -> dict[str, tuple[FileFailure, ...]]:
    """The files that fail each critical expectation by themselves, by the expectation's name.

    `outcomes` are those of the whole batch. Expectations of structure, volume or a whole column's
    figure are no file's fault and name none.
    """
    found: dict[str, tuple[FileFailure, ...]] = {}
    shares = []
    for entry in suite.entries:
        outcome = outcomes[entry.name]
        if entry.severity != "critical" or outcome.status == "error":
            continue
        kwargs = arguments[entry.name]
        if entry.definition.scope == "rows":
            # Where no row fails in the batch, none does in a file.
            shares += [(entry, *_share_of_rows(entry, kwargs))] if outcome.failing_count else []
        elif entry.type == "no_rows_where":
            condition = f"coalesce({kwargs['condition']}, false)"
            shares.append((entry, "true", condition, 1 - float(kwargs.get("max_share", 0))))
        elif outcome.failing_count and entry.definition.scope == "rule" and _is_by_file(entry):
            query = rule_query(entry, suite, kwargs, as_of).replace(BATCH, batch)
            found[entry.name] = _of_rule(execute, query)
    return found | _of_shares(execute, batch, suite, shares)


def _is_by_file(entry: Entry) -> bool:
    return RULES[entry.type].is_by_file


def _share_of_rows(entry: Entry, kwargs: Mapping[str, Any]) -> tuple[str, str, float]:
    """SQL of the rows that are asked and of those that fail, and the share that must not."""
    failing = failing_condition(entry.type, kwargs)
    assert failing is not None
    asked = [identifier(kwargs[k]) for k in ("column", "column_A", "column_B") if k in kwargs]
    if entry.type == "expect_column_values_to_not_be_null":
        asked = ["true"]
    present = " and ".join(name if name == "true" else f"{name} is not null" for name in asked)
    return present, failing, float(kwargs.get("mostly", 1))


def _of_shares(
    execute: Execute, batch: str, suite: Suite, shares: list[tuple[Entry, str, str, float]]
) -> dict[str, tuple[FileFailure, ...]]:
    if not shares:
        return {}
    key = row_id(suite.layer, suite.key)
    figures = ", ".join(
        f"count(*) filter ({asked}), count(*) filter ({failing}), "
        f"min({key}, {MAX_ROW_IDS}) filter ({failing})"
        for _, asked, failing, _ in shares
    )
    rows = execute(f"select {FILE}, {figures} from {batch} group by 1 order by 1")
    found: dict[str, tuple[FileFailure, ...]] = {}
    for number, (entry, _, _, mostly) in enumerate(shares):
        failures = []
        for file_id, *counts in rows:
            asked, failing, ids = counts[3 * number : 3 * number + 3]
            # As Great Expectations compares: the share of sound rows with the one demanded.
            if failing and (asked - failing) / asked < mostly:
                failures.append(
                    FileFailure(file_id, rows_text(asked, failing), failing, tuple(ids or ()))
                )
        found[entry.name] = tuple(failures)
    return found


def _of_rule(execute: Execute, query: str) -> tuple[FileFailure, ...]:
    """Files named by a rule that looks at one file at a time: ids of rows begin with the file's."""
    rows = execute(
        f"select split_part(row_id, ':', 1), count(*), min(row_id, {MAX_ROW_IDS}) "
        f"from ({query}) group by 1 order by 1"
    )
    return tuple(FileFailure(file, f"{n} offending", n, tuple(ids)) for file, n, ids in rows)
