"""Each audience's database holds what the access policy says, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.privacy.databases import republish
from orchestration.privacy.person import Person
from orchestration.privacy.subject import Subject
from orchestration.publishing import PublicationError, publish
from orchestration.publishing.audiences import (
    AUDIENCES,
    STEWARD,
    Grant,
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
        for mart, grant in marts.items()
        for column in grant.columns
        if PERSONAL.search(column)
    }
    assert shown == set()
    assert set(grants) == set(AUDIENCES) - {STEWARD}
    assert all("channel_performance" in marts for marts in grants.values())


def test_satisfaction_is_shown_without_advisers_and_tribes() -> None:
    """The mart's dimensions name them in its rows; whoever else sees it sees the others."""
    grants = grants_of(read_policy(POLICY), marts_of_the_project())
    shown = {audience: marts.get("satisfaction_by_stage") for audience, marts in grants.items()}
    without = shown["marketing"]
    assert without is not None
    assert shown == {"all": None, "contact_centre": without, "marketing": without}
    with duckdb.connect() as con:
        names = "('adviser'), ('tribe'), ('survey'), (null)"
        sql = f"select dimension from (values {names}) as v (dimension) where {without.where()}"
        assert con.execute(sql).fetchall() == [("survey",)]


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


FILTERED = """mart,audience,columns,only_rows,note
figures,all,*,,
calls,contact_centre,queue|seconds,seconds!=1|9,
calls,marketing,queue,person_id=p0|p2,by a column that isn't shown
persons,steward,*,,
"""


def rows(settings: Settings, audience: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published / audience / "bi.duckdb"), read_only=True) as con:
        return con.execute("select * from marts.calls order by all").fetchall()


def test_an_audience_sees_the_rows_of_its_condition_alone(
    settings: Settings, tmp_path: Path
) -> None:
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("insert into marts.calls values (null, 'lost', null), ('o''p', 'lost', 3)")
    publish(settings, run_id="run-1", policy=policy(tmp_path, FILTERED))
    assert rows(settings, "contact_centre") == [("lost", 3), ("sales", 0), ("sales", 2)]
    assert rows(settings, "marketing") == [("sales",), ("sales",)]
    assert len(rows(settings, "steward")) == 5
    told = published_grants(settings.published)
    assert told is not None
    assert told["marketing"]["calls"] == Grant(("queue",), "person_id=p0|p2")
    assert told == grants_of(
        read_policy(tmp_path / "access_policy.csv"), columns_of(settings.published / "bi.duckdb")
    )


def test_an_erasure_keeps_the_conditions(settings: Settings, tmp_path: Path) -> None:
    """The audiences' databases are written anew: with no row more than before."""
    publish(settings, run_id="run-1", policy=policy(tmp_path, FILTERED))
    subject = Subject("customer_id", "C2", "0" * 64, is_hashed=False)
    gone = Person(subject, b"key", person_ids={"p2"})
    republish(settings, gone)
    assert rows(settings, "contact_centre") == [("sales", 0)]
    assert rows(settings, "marketing") == [("sales",)]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("second!=1", "calls has no rows 'second!=1'"),
        ("seconds<>1", "calls has no rows 'seconds<>1'"),
        ("seconds=", "calls has no rows 'seconds='"),
    ],
)
def test_a_condition_that_can_not_be_read_stops_the_publication(
    settings: Settings, tmp_path: Path, condition: str, message: str
) -> None:
    wrong = policy(tmp_path, FILTERED.replace("seconds!=1|9", condition))
    with pytest.raises(PublicationError, match=re.escape(message)):
        publish(settings, run_id="run-1", policy=wrong)
    assert not settings.published.exists()


@pytest.mark.parametrize("line", ["calls,all,queue,,\n", "calls,marketing,seconds,,\n"])
def test_a_condition_beside_another_line_stops_the_publication(
    settings: Settings, tmp_path: Path, line: str
) -> None:
    wrong = policy(tmp_path, FILTERED + line)
    with pytest.raises(PublicationError, match="calls: marketing has rows of it by two lines"):
        publish(settings, run_id="run-1", policy=wrong)
