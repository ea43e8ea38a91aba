"""The page of a lead: what an auditor reads, from a publication made by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import cli
from orchestration.publishing.explain import ExplainError, explain


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "published" / "bi.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as con:
        con.execute(
            """
            create schema marts;
            create table marts.publication_info as select timestamp '2026-10-31 22:00:00' as as_of;
            create table marts.e_rebond_candidates as select
                'c1' as candidate_id, 'p1' as person_id, null::varchar as visitor_id,
                'P-AUTO' as product_id, 'abandonment' as trigger,
                timestamp '2026-10-30 09:00:00' as detected_at, 3 as furthest_step,
                true as is_eligible, null::varchar as exclusion_reason;
            insert into marts.e_rebond_candidates values
                ('c2', 'p2', null, 'P-HAB', 'appetence', timestamp '2026-10-30 09:00:00', null,
                 false, 'refused'),
                ('c3', 'p3', null, 'P-HAB', 'appetence', timestamp '2026-10-30 09:00:00', null,
                 true, null),
                ('c4', 'p4', null, 'P-HAB', 'appetence', timestamp '2026-10-30 09:00:00', null,
                 true, null);
            create table marts.e_rebond_control as select * from (values
                (date '2026-07-01', 'p4', true), (date '2026-10-01', 'p4', false),
                (date '2026-10-01', 'p3', true)
            ) as rows (quarter, person_id, is_control);
            create table marts.e_rebond_targets as select
                't1' as target_id, 'c1' as candidate_id, 'planned' as status, 'team_a' as team,
                timestamp '2026-11-02 09:00:00' as slot_start_at;
            create table marts.e_rebond_proofs as select * from (values
                ('c2', 'refusal_pause', 'excluded', 'call:a|call:b', 70, 'P4', 'No refusal lately'),
                ('c2', 'sale', 'passed', 'nothing found', 10, null, 'Not bought since')
            ) as rows (candidate_id, rule, verdict, evidence, precedence, regulation, label);
            """
        )
    return path


def test_a_target_is_explained_with_its_candidate(database: Path) -> None:
    page = explain(database, "t1")
    assert page.startswith("Lead t1, as of 2026-10-31 22:00:00 UTC\n\nMay be called.")
    for words in ("abandonment", "P-AUTO", "2026-11-02 09:00:00", "team_a"):
        assert words in page
    assert explain(database, "c1") == page


def test_who_is_not_called_is_told_why(database: Path) -> None:
    page = explain(database, "c2")
    assert "Must not be called: refused." in page
    assert "excluded    No refusal lately [P4]\n              call:a, call:b" in page
    assert page.index("Not bought since") < page.index("No refusal lately")
    assert max(len(line) for line in page.splitlines()) <= 100


def test_who_may_be_called_and_is_not_is_told_why(database: Path) -> None:
    assert "isn't: the household is in this quarter's control group." in explain(database, "c3")
    assert "has no slot: no adviser, or others were worth more" in explain(database, "c4")


def test_an_unknown_lead_and_an_empty_home_are_said(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ExplainError, match="neither a target nor a candidate"):
        explain(database, "nobody")
    with pytest.raises(ExplainError, match="nothing has been published"):
        explain(tmp_path / "none.duckdb", "c1")


def test_the_command_prints_the_page(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(database.parents[1])
    assert cli.main(["explain", "c2", "--home", home]) == 0
    assert "Must not be called: refused." in capsys.readouterr().out
    assert cli.main(["explain", "nobody", "--home", home]) == 2
    assert "neither a target nor a candidate" in capsys.readouterr().err
