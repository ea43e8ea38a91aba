"""Candidates of the last 30 days judged under the rules in force and under a draft of others.

Everything happens on a copy of the warehouse, which is thrown away: nothing of the house changes.
The rules stand in the models; this runs them twice and counts what differs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.dbt_runner import DbtProject
from orchestration.settings import Settings
from orchestration.warehouse import connect, run_lock

REPLAY_DAYS = 30
#: From the choice of live signs to the windows: what rules can change.
MODELS = "int_e_rebond__live_signals+,+int_e_rebond__calling_windows"
VERDICTS = Path(__file__).with_name("verdicts.sql")
RULES = "seeds.contact_rules"


class WhatIfError(ValueError):
    """The draft can't be read, or nothing has been built yet; the message says which."""


@dataclass(frozen=True)
class Comparison:
    """Candidates by reason and by excluding rule, before and after; those whose verdict changes."""

    days: int
    candidates: int
    reasons: Mapping[str, tuple[int, int]]
    rules: Mapping[str, tuple[int, int]]
    changes: Mapping[tuple[str, str], int]
    lawful_hours: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "days": self.days,
            "candidates": self.candidates,
            "reasons": {k: {"now": a, "draft": b} for k, (a, b) in self.reasons.items()},
            "rules": {k: {"now": a, "draft": b} for k, (a, b) in self.rules.items()},
            "changes": [
                {"from": a, "to": b, "candidates": count} for (a, b), count in self.changes.items()
            ],
            "lawful_hours": {"now": self.lawful_hours[0], "draft": self.lawful_hours[1]},
        }


def what_if(settings: Settings, draft: Path) -> Comparison:
    """Replay the last 30 days before the last run's clock with the rows of `draft`, a CSV.

    A row of `draft` replaces the row of seeds/contact_rules.csv with its rule_id, or is added.
    Raises WhatIfError where the draft doesn't fit or nothing was built, DbtError where a model
    fails, WarehouseBusyError while a run holds the warehouse.
    """
    if not settings.warehouse.is_file():
        raise WhatIfError("nothing has been built yet: passerelle run")
    if not draft.is_file():
        raise WhatIfError(f"no such file: {draft}")
    with _copy(settings) as home:
        project = DbtProject(settings.project_dir, settings.home)
        with connect(home / "warehouse.duckdb") as con:
            check_draft(con, draft)
        variables = {"replay_days": REPLAY_DAYS}
        project.run_elsewhere(home, MODELS, variables)
        before = _verdicts(home)
        with connect(home / "warehouse.duckdb") as con:
            apply_draft(con, draft)
        project.run_elsewhere(home, MODELS, variables)
        return compare(before, _verdicts(home))


def check_draft(con: duckdb.DuckDBPyConnection, draft: Path) -> None:
    """Raise WhatIfError where the draft's header or values aren't those of contact_rules."""
    try:
        given = [row[0] for row in con.execute(f"describe {_read(draft)}").fetchall()]
    except duckdb.Error as error:
        raise WhatIfError(f"{draft} is no CSV: {error}") from error
    try:
        known = [row[0] for row in con.execute(f"describe {RULES}").fetchall()]
    except duckdb.CatalogException as error:
        raise WhatIfError("no rules have been built yet: passerelle run") from error
    if set(given) != set(known):
        missing, extra = sorted(set(known) - set(given)), sorted(set(given) - set(known))
        raise WhatIfError(
            f"{draft} needs the columns of seeds/contact_rules.csv; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(extra) or 'none'}"
        )
    try:
        con.execute(f"create or replace temp table draft as from {RULES} limit 0")
        con.execute(f"insert into draft by name from {_read(draft)}")
    except duckdb.Error as error:
        raise WhatIfError(f"{draft}: {str(error).splitlines()[0]}") from error


def apply_draft(con: duckdb.DuckDBPyConnection, draft: Path) -> None:
    """Put the draft's rows in force in a copy."""
    check_draft(con, draft)
    con.execute(f"delete from {RULES} where rule_id in (select rule_id from draft)")
    con.execute(f"insert into {RULES} by name from draft")


def compare(before: Sequence[tuple[Any, ...]], after: Sequence[tuple[Any, ...]]) -> Comparison:
    """Count two sets of verdicts (rows of verdicts.sql) of the same candidates."""
    later = {row[0]: row for row in after}
    pairs = [(row, later[row[0]]) for row in before if row[0] in later]
    return Comparison(
        REPLAY_DAYS,
        len(pairs),
        _both(Counter(a[3] for a, _ in pairs), Counter(b[3] for _, b in pairs)),
        _both(
            Counter(rule for a, _ in pairs for rule in a[4].split("|") if rule),
            Counter(rule for _, b in pairs for rule in b[4].split("|") if rule),
        ),
        dict(sorted(Counter((a[3], b[3]) for a, b in pairs if a[3] != b[3]).items())),
        (sum(a[5] for a, _ in pairs) / 3600, sum(b[5] for _, b in pairs) / 3600),
    )


def _both(now: Counter[str], draft: Counter[str]) -> dict[str, tuple[int, int]]:
    return {key: (now[key], draft[key]) for key in sorted(set(now) | set(draft))}


def _read(draft: Path) -> str:
    path = str(draft).replace("'", "''")
    return f"(from read_csv('{path}', header = true, all_varchar = true, nullstr = ''))"


def _verdicts(home: Path) -> list[tuple[Any, ...]]:
    with connect(home / "warehouse.duckdb", read_only=True) as con:
        return con.execute(VERDICTS.read_text(encoding="utf-8")).fetchall()


@contextmanager
def _copy(settings: Settings) -> Iterator[Path]:
    """A home with a copy of the warehouse, under the house's own state folder, then gone."""
    settings.state.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="what-if-", dir=settings.state))
    try:
        with run_lock(settings.home, "what-if"):
            for path in settings.home.glob("warehouse.duckdb*"):
                if path.is_file():
                    shutil.copy2(path, home / path.name)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
