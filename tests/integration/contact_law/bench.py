"""One run of the models, judged by the oracle: what it would do unlawfully, what it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from tests.integration.contact_law.oracle import Candidate, Facts, Law, moments
from tests.integration.contact_law.replay import Step, rebuild
from tests.integration.contact_law.world import Stress, candidates, own_numbers

#: Signs that are added to each run.
SIGNALS = 400
#: Rules of the house, of which the oracle knows nothing.
HOUSE_RULES = (
    *("sale", "answered_sign", "lead_in_hand", "complaint", "key_moment"),
    *("navigation_consent", "number", "threshold", "one_call"),
)


@dataclass(frozen=True)
class Bench:
    """A world made ready: its warehouse, the models as SQL, and the facts for the oracle."""

    warehouse: Path
    steps: Sequence[Step]
    facts: Facts


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of one run: quarters of an hour that break a rule, by rule; candidates
    with a window; lawful quarters of an hour in J, J+1 or at an agreed time, and how many of them
    no window covers though no rule of the house is in the way."""

    broken: Counter[str]
    called: int
    lawful: int
    withheld: int


def judge(
    con: duckdb.DuckDBPyConnection, bench: Bench, now: datetime, steps: Sequence[Step] | None = None
) -> Verdict:
    """Build the models as of `now` (UTC) with added signs and hold them against the oracle."""
    Stress(con, seed=now.toordinal()).signals(now, SIGNALS)
    rebuild(con, steps or bench.steps, now, "select * from stress_signals")
    law = Law(replace(bench.facts, own_numbers=own_numbers(con)), now)
    known = {who.candidate_id: who for who in candidates(con)}
    callable_windows = _windows(con, "int_e_rebond__calling_windows")
    broken = Counter(
        rule
        for candidate_id, windows in callable_windows.items()
        for start, end in windows
        for moment in moments(start, end)
        for rule in (*law.broken(known[candidate_id], moment), *_past(start, now))
    )
    lawful, withheld = _withheld(con, law, known, now)
    return Verdict(broken, len(callable_windows), lawful, withheld)


def _past(start: datetime, now: datetime) -> list[str]:
    return ["before the run"] if start < now else []


def _withheld(
    con: duckdb.DuckDBPyConnection, law: Law, known: dict[str, Candidate], now: datetime
) -> tuple[int, int]:
    marks = ", ".join("?" for _ in HOUSE_RULES)
    free = con.execute(
        f"select candidate_id from intermediate.int_e_rebond__verdicts where rule in ({marks})"
        " group by candidate_id having bool_and(verdict in ('passed', 'not_reached'))",
        list(HOUSE_RULES),
    ).fetchall()
    possible = _windows(con, "int_e_rebond__possible_windows", "where is_callable")
    opened = _windows(con, "int_e_rebond__open_windows")
    lawful = withheld = 0
    for (candidate_id,) in free:
        who = known[candidate_id]
        tried = [m for window in possible.get(candidate_id, ()) for m in moments(*window)]
        if who.requested_at and now <= who.requested_at:
            tried.append(who.requested_at)
        for moment in tried:
            if law.broken(who, moment):
                continue
            lawful += 1
            windows = opened.get(candidate_id, ())
            withheld += not any(start <= moment < end for start, end in windows)
    return lawful, withheld


def _windows(
    con: duckdb.DuckDBPyConnection, table: str, where: str = ""
) -> dict[str, list[tuple[datetime, datetime]]]:
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for candidate_id, start, end in con.execute(
        f"select candidate_id, window_start_at, window_end_at from intermediate.{table} {where}"
    ).fetchall():
        found.setdefault(candidate_id, []).append((start, end))
    return found
