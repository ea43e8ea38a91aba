"""The page of one lead for an auditor: why this person, why now, why allowed, or why not.

It arranges what the published marts say; every rule stands in the models.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import duckdb

WIDTH = 100
#: Columns of the candidate and of its target, with what the page calls them.
CANDIDATE = {
    "candidate_id": "candidate",
    "person_id": "person",
    "visitor_id": "visitor",
    "product_id": "product",
    "trigger": "sign",
    "detected_at": "given at (UTC)",
    "funnel": "funnel",
    "furthest_step": "furthest step",
    "step_count": "of steps",
    "requested_at": "time agreed on (UTC)",
    "consumer_time_zone": "consumer's zone",
    "country": "country",
    "expires_at": "worth a call until (UTC)",
    "legal_basis": "legal basis",
    "callable_from": "lawful from (UTC)",
    "callable_until": "lawful until (UTC)",
    "score": "chance of a sale",
    "expected_value_eur": "expected value (EUR)",
    "reasons": "what speaks for a call",
}
TARGET = {
    "target_id": "target",
    "status": "status",
    "planned_at": "planned at (UTC)",
    "call_date": "day of the call",
    "slot_start_at": "slot from (UTC)",
    "slot_end_at": "slot until (UTC)",
    "team": "team",
    "priority_rank": "place in the team's day",
    "legal_basis": "legal basis",
    "consent_id": "consent",
    "adviser_context": "what the adviser is told",
}


class ExplainError(ValueError):
    """Nothing is published, or nothing under this id; the message says which."""


def explain(database: Path, lead_id: str) -> str:
    """The page of a target or a candidate, plain text of at most 100 characters a line.

    `database` is the published `bi.duckdb`. Raises ExplainError where it or the id isn't there.
    """
    if not database.is_file():
        raise ExplainError("nothing has been published yet: passerelle run")
    with duckdb.connect(str(database), read_only=True) as con:
        target = _row(con, "e_rebond_targets", "target_id", lead_id)
        candidate_id = target["candidate_id"] if target else lead_id
        if not target:
            target = _row(con, "e_rebond_targets", "candidate_id", candidate_id)
        candidate = _row(con, "e_rebond_candidates", "candidate_id", candidate_id)
        if not candidate and not target:
            raise ExplainError(f"{lead_id} is neither a target nor a candidate of this publication")
        proofs = _rows(con, "e_rebond_proofs", "candidate_id", candidate_id)
        clock = _rows(con, "publication_info")
    return _page(candidate, target, proofs, clock[0]["as_of"] if clock else None)


def _page(
    candidate: dict[str, Any], target: dict[str, Any], proofs: list[dict[str, Any]], as_of: Any
) -> str:
    lines = [f"Lead {target.get('target_id') or candidate['candidate_id']}, as of {as_of} UTC", ""]
    if candidate:
        verdict = "May be called."
        if not candidate["is_eligible"]:
            verdict = f"Must not be called: {candidate['exclusion_reason']}."
        lines += [verdict, "", "Why this person, why now", *_pairs(candidate, CANDIDATE)]
    else:
        lines += ["The sign is no longer live: only the plan is left."]
    if target:
        lines += ["", "What was planned", *_pairs(target, TARGET)]
    if proofs:
        lines += ["", "Rules, in their order; the first that excludes gives the reason"]
    for proof in sorted(proofs, key=lambda row: (row["precedence"], row["rule"])):
        source = f" [{proof['regulation'].replace('|', ', ')}]" if proof["regulation"] else ""
        lines.append(f"  {proof['verdict']:<11} {proof['label']}{source}")
        lines += textwrap.wrap(
            proof["evidence"].replace("|", ", "),
            WIDTH,
            initial_indent=" " * 14,
            subsequent_indent=" " * 14,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _pairs(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    return [
        line
        for column, name in names.items()
        if row.get(column) is not None
        for line in textwrap.wrap(
            f"  {name:<26} {row[column]}",
            WIDTH,
            subsequent_indent=" " * 29,
            drop_whitespace=True,
            break_on_hyphens=False,
        )
    ]


def _row(con: duckdb.DuckDBPyConnection, mart: str, column: str, value: str) -> dict[str, Any]:
    found = _rows(con, mart, column, value)
    return found[0] if found else {}


def _rows(
    con: duckdb.DuckDBPyConnection, mart: str, column: str | None = None, value: str = ""
) -> list[dict[str, Any]]:
    """Rows of a mart in the order of all columns; none where the mart isn't published."""
    known = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = ?", [mart]
    ).fetchone()
    if not known:
        return []
    where = f" where {column} = ?" if column else ""
    cursor = con.execute(
        f"select * from marts.{mart}{where} order by all", [value] if column else []
    )
    names = [description[0] for description in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
