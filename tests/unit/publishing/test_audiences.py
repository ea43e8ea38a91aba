"""Each audience's database holds what the access policy says, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.publishing import PublicationError, publish
from orchestration.publishing.audiences import (
    AUDIENCES,
    STEWARD,
    PolicyError,
    columns_of,
    grants_of,
    published_grants,
    read_policy,
)
from orchestration.publishing.publish import MartDescription
from orchestration.settings import PROJECT_DIR, Settings

POLICY = PROJECT_DIR / "seeds" / "access_policy.csv"
#: Names of columns that tell persons, their records or advisers apart.
PERSONAL = re.compile(
    r"(^|_)(person|visitor|customer|login|household|adviser|session|call|conversion|contract|order"
    r"|candidate|target|interaction|touch|feedback|response|consent)_(id|key)(_|$)"
    r"|_hash$|identifier_value|row_ids"
)
SYNTHETIC = """mart,audience,columns,note
figures,all,*,
calls,contact_centre,queue|seconds,no persons
calls,marketing,queue,
persons,steward,*,person level
"""


def marts_of_the_project() -> dict[str, list[str]]:
    """Columns of every mart, by the models' YAML, whose contract the build enforces."""
    found = {}
    for path in (PROJECT_DIR / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []:
            found[model["name"]] = [column["name"] for column in model["columns"]]
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(
        home=tmp_path / "home", landing=tmp_path / "landing", as_of=datetime(2026, 10, 31, 22)
    )
    settings.home.mkdir()
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.figures as select 1 as a, 2 as b")
        con.execute(
            "create table marts.calls as select 'p' || i as person_id, 'sales' as queue, "
            "i as seconds from range(3) as r(i)"
        )
        con.execute("create table marts.persons as select 'p1' as person_id")
    return settings


def policy(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "access_policy.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_mart_has_its_place_in_the_policy() -> None:
    """Fails, by name, on a mart, a column or an audience that policy and models don't share."""
    grants_of(read_policy(POLICY), marts_of_the_project())


def test_nothing_that_tells_persons_or_advisers_apart_leaves_the_steward() -> None:
    grants = grants_of(read_policy(POLICY), marts_of_the_project())
    shown = {
        f"{audience}: {mart}.{column}"
        for audience, marts in grants.items()
        for mart, columns in marts.items()
        for column in columns
        if PERSONAL.search(column)
    }
    assert shown == set()
    assert set(grants) == set(AUDIENCES) - {STEWARD}
    assert all("channel_performance" in marts for marts in grants.values())


def test_audiences_hold_what_the_policy_says_and_nothing_else(
    settings: Settings, tmp_path: Path
) -> None:
    publish(
        settings,
        run_id="run-1",
        policy=policy(tmp_path, SYNTHETIC),
        descriptions={"calls": MartDescription("Calls.", {"person_id": "Who.", "seconds": "How."})},
    )
    whole = {"figures": ["a", "b"], "calls": ["person_id", "queue", "seconds"]}
    whole |= {"persons": ["person_id"]}
    expected = {
        "all": {"figures": ["a", "b"]},
        "contact_centre": {"figures": ["a", "b"], "calls": ["queue", "seconds"]},
        "marketing": {"figures": ["a", "b"], "calls": ["queue"]},
        "steward": whole,
    }
    folders = {p.name for p in settings.published.resolve().iterdir() if p.is_dir()}
    assert folders == {*expected, "parquet"}
    for audience, marts in expected.items():
        database = settings.published / audience / "bi.duckdb"
        assert columns_of(database) == marts
        with duckdb.connect(str(database), read_only=True) as con:
            tables = con.execute("select count(*) from duckdb_tables()").fetchone()
            assert tables == (len(marts),)
    with duckdb.connect(str(settings.published / "contact_centre/bi.duckdb")) as con:
        assert con.execute("select * from marts.calls order by all").fetchall() == [
            ("sales", 0),
            ("sales", 1),
            ("sales", 2),
        ]
        ((comment,),) = con.execute(
            "select comment from duckdb_columns() where column_name = 'seconds'"
        ).fetchall()
        assert comment == "How."


def test_no_value_that_is_left_out_stands_in_the_file(settings: Settings, tmp_path: Path) -> None:
    """Not in its free blocks either: the file is made of the granted columns alone."""
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("update marts.calls set person_id = 'unmistakable-' || seconds")
    publish(settings, run_id="run-1", policy=policy(tmp_path, SYNTHETIC))
    found = {
        audience: b"unmistakable" in (settings.published / audience / "bi.duckdb").read_bytes()
        for audience in AUDIENCES
    }
    assert found == {"all": False, "contact_centre": False, "marketing": False, "steward": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("persons,steward,*,person level\n", ""), "persons has no row"),
        (("figures,all", "figurs,all"), "figurs is no mart; figures has no row"),
        (("queue|seconds", "queue|second"), "calls has no column 'second'"),
        (("marketing", "sales"), "calls: sales is no audience"),
    ],
)
def test_a_policy_that_does_not_fit_stops_the_publication(
    settings: Settings, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    publish(settings, run_id="run-1", policy=policy(tmp_path, SYNTHETIC))
    before = settings.published.resolve()
    wrong = policy(tmp_path, SYNTHETIC.replace(*change))
    with pytest.raises(PublicationError, match=re.escape(message)):
        publish(settings, run_id="run-2", policy=wrong)
    assert settings.published.resolve() == before
    with pytest.raises(PolicyError, match=re.escape(message)):
        grants_of(read_policy(wrong), columns_of(before / "bi.duckdb"))


def test_a_published_version_tells_its_own_grants(settings: Settings, tmp_path: Path) -> None:
    """So that an erasure can write the audiences anew without the policy of that day."""
    publish(settings, run_id="run-1", policy=policy(tmp_path, SYNTHETIC))
    marts = columns_of(settings.published / "bi.duckdb")
    assert published_grants(settings.published) == grants_of(
        read_policy(tmp_path / "access_policy.csv"), marts
    )
    publish(settings, run_id="run-2")
    assert published_grants(settings.published) is None
