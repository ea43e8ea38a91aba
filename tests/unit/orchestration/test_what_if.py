"""Drafts of rules: what is refused, what takes effect, what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR, Settings
from orchestration.what_if.replay import (
    WhatIfError,
    apply_draft,
    check_draft,
    compare,
    what_if,
)

HEADER = (PROJECT_DIR / "seeds" / "contact_rules.csv").read_text(encoding="utf-8").split("\n")[0]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema seeds")
        columns = ", ".join(
            f"{name} {'integer' if name in ('days', 'hours', 'max_attempts') else 'varchar'}"
            for name in HEADER.split(",")
        )
        connection.execute(f"create table seeds.contact_rules ({columns})")
        connection.execute(
            "insert into seeds.contact_rules (rule_id, rule, days) values"
            " ('fr_refusal', 'refusal_pause', 60), ('fr_attempts', 'attempts', 30)"
        )
        yield connection


def draft(folder: Path, text: str) -> Path:
    path = folder / "draft.csv"
    path.write_text(text, encoding="utf-8")
    return path


def row(**values: str) -> str:
    return ",".join(values.get(name, "") for name in HEADER.split(","))


def test_rows_replace_those_of_their_id_and_others_are_added(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = "\n".join(
        [
            HEADER,
            row(rule_id="fr_refusal", rule="refusal_pause", days="90"),
            row(rule_id="fr_more", rule="attempts", days="7"),
        ]
    )
    apply_draft(con, draft(tmp_path, text + "\n"))
    rules = con.execute("select rule_id, days from seeds.contact_rules order by all").fetchall()
    assert rules == [("fr_attempts", 30), ("fr_more", 7), ("fr_refusal", 90)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rule_id,days\nfr_refusal,90\n", "missing: closes_at"),
        (f"{HEADER},colour\n", "unknown: colour"),
        (f"{HEADER}\n{row(rule_id='fr_refusal', days='many')}\n", "many"),
    ],
)
def test_what_does_not_fit_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(WhatIfError, match=words):
        check_draft(con, draft(tmp_path, text))
    assert con.execute("select count(*) from seeds.contact_rules").fetchone() == (2,)


def test_without_a_warehouse_or_a_draft_it_says_so(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, landing=tmp_path)
    with pytest.raises(WhatIfError, match="nothing has been built"):
        what_if(settings, tmp_path / "draft.csv")
    settings.warehouse.touch()
    with pytest.raises(WhatIfError, match="no such file"):
        what_if(settings, tmp_path / "draft.csv")


def test_counts_are_by_reason_by_rule_and_by_change() -> None:
    """Worked by hand: two of three signs change; one of them had two rules against it."""
    before = [
        ("a", "abandonment", False, "refused", "refusal_pause|attempts", 0),
        ("b", "abandonment", True, "eligible", "", 7200),
        ("c", "social", True, "eligible", "", 3600),
    ]
    after = [
        ("a", "abandonment", False, "attempts_cap", "attempts", 0),
        ("b", "abandonment", True, "eligible", "", 3600),
        ("c", "social", False, "refused", "refusal_pause", 0),
    ]
    found = compare(before, after)
    assert found.candidates == 3
    assert found.reasons == {"attempts_cap": (0, 1), "eligible": (2, 1), "refused": (1, 1)}
    assert found.rules == {"attempts": (1, 1), "refusal_pause": (1, 1)}
    assert found.changes == {("eligible", "refused"): 1, ("refused", "attempts_cap"): 1}
    assert found.lawful_hours == (3.0, 1.0)
