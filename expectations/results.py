"""What a validation says of one expectation, in words without values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.registry import Entry

# DuckDB messages of these kinds name tables, columns and functions; others may quote data.
_SAFE_MESSAGE = re.compile(
    r"(?:Catalog|Binder|Parser) Error: [^\n]*|The column \"[^\"\n]*\" in BatchData does not exist"
)


@dataclass(frozen=True)
class FileFailure:
    """What one file of a raw table fails by itself; `failing_row_ids` are at most 20."""

    file_id: str
    observed: str
    failing_count: int
    failing_row_ids: tuple[str, ...]


@dataclass(frozen=True)
class CheckResult:
    """One expectation's outcome in one run.

    status: passed, failed, or error (could not be evaluated). failing_row_ids: at most 20.
    report_path: POSIX path of the page, relative to the reports folder. is_waived: it did not pass
    and a waiver covers the run's day; such a result does not block. failing_files: the raw files
    that fail a critical expectation by themselves, even where the rows of all pass.
    """

    layer: str
    table: str
    check: str
    severity: str
    status: str
    observed: str
    expected: str
    failing_count: int
    failing_row_ids: tuple[str, ...]
    owner: str
    is_waived: bool
    report_path: str
    description: str
    failing_files: tuple[FileFailure, ...] = ()

    @property
    def is_blocking(self) -> bool:
        """Whether this result must stop what comes after it."""
        return self.severity == "critical" and self.status != "passed" and not self.is_waived


@dataclass(frozen=True)
class Outcome:
    """Status, observed text and count of failing rows of one evaluated expectation."""

    status: str
    observed: str
    failing_count: int = 0


def safe_error(text: str) -> str:
    """The part of an error's text that can't hold data."""
    match = _SAFE_MESSAGE.search(text)
    if match:
        return match.group()
    return "the query failed; its message is withheld because it may quote values"


def number(value: object) -> str:
    """A figure in at most six significant digits; numpy scalars become plain numbers."""
    if value is None:
        return "none"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int) or (isinstance(value, float) and math.isinf(value)):
        return str(value)
    try:
        return f"{float(value):.6g}"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def expected_text(entry: Entry, kwargs: Mapping[str, Any]) -> str:
    """The expectation's arguments in one line, without the column names already in the check."""
    parts = []
    for key, value in kwargs.items():
        if key in {"column", "column_A", "column_B", "content", "key", "version", "mostly"}:
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        parts.append(f"{key} {shown}")
    if "column_A" in kwargs:
        relation = "not before" if kwargs.get("or_equal") else "greater than"
        parts = [f"{kwargs['column_A']} {relation} {kwargs['column_B']}"]
    mostly = float(kwargs.get("mostly", 1))
    if entry.definition.scope == "rows":
        parts.append("every row" if mostly >= 1 else f"at least {100 * mostly:g} % of rows")
    return "; ".join(parts) or "no offending row"


def outcome_of(entry: Entry, kwargs: Mapping[str, Any], result: Mapping[str, Any]) -> Outcome:
    """Reads one of Great Expectations' results (as JSON) into status, text and count."""
    figures = result.get("result") or {}
    if not figures:
        return Outcome("error", safe_error(_exception_text(result)))
    # Numpy's booleans are no bool to JSON, to DuckDB's binder or to `is True`.
    status = "passed" if bool(result["success"]) else "failed"
    if entry.definition.scope == "rows":
        return _rows_outcome(status, figures)
    if entry.definition.scope == "rule":
        count = int(figures["observed_value"])
        return Outcome(status, f"{count} offending", 0 if status == "passed" else count)
    if entry.type == "expect_table_columns_to_match_set":
        return Outcome(status, _columns_text(kwargs, figures["observed_value"]))
    return Outcome(status, number(figures.get("observed_value")))


def _rows_outcome(status: str, figures: Mapping[str, Any]) -> Outcome:
    # Empty values aren't asked, unless emptiness is the question (and then none is missing).
    total = int(figures.get("element_count") or 0) - int(figures.get("missing_count") or 0)
    failing = int(figures.get("unexpected_count") or 0)
    return Outcome(status, rows_text(total, failing), failing)


def rows_text(total: int, failing: int) -> str:
    """How many of the rows asked fail."""
    share = f" ({100 * failing / total:.4g} %)" if total else ""
    return f"{failing} of {total} rows fail{share}"


def _columns_text(kwargs: Mapping[str, Any], observed: Any) -> str:
    found, wanted = set(observed), set(kwargs["column_set"])
    missing = ", ".join(sorted(wanted - found))
    extra = ", ".join(sorted(found - wanted)) if kwargs.get("exact_match", True) else ""
    parts = [f"missing: {missing}"] if missing else []
    parts += [f"not expected: {extra}"] if extra else []
    return "; ".join(parts) or f"{len(found)} columns"


def _exception_text(result: Mapping[str, Any]) -> str:
    info = result.get("exception_info") or {}
    if "exception_message" in info:
        return str(info["exception_message"])
    return "\n".join(
        str(part.get("exception_message")) for part in info.values() if isinstance(part, dict)
    )
