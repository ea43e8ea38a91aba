"""One run of the whole project from files to publication, and what a second one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

AS_OF = "2026-10-31T22:00:00Z"
HEADER = "response_id,question_id,survey,kind,scale_min,scale_max,score,asked_at,answered_at\n"


def answers(day: int, count: int) -> str:
    """A day's NPS answers."""
    return HEADER + "".join(
        f"R{day:02}{i:03},q1,nps,nps,0,10,{i % 11},2026-10-{day:02}T08:00:00Z,"
        f"2026-10-{day:02}T{9 + i % 10:02}:00:00Z\n"
        for i in range(count)
    )


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world(AS_OF)
    made.put("surveys/flat/answers_2026-10-30.csv", answers(30, 40))
    done = made.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.resolve().rglob("*") if path.is_file()]
    return {path.name + path.parent.name: path.read_bytes() for path in found}


def test_every_mart_is_published(world: World) -> None:
    path = world.home / "published" / "bi.duckdb"
    assert world.rows("select count(*) from marts.fct_feedback", path) == [(40,)]
    # A view of the warehouse is a table of what is published.
    names = (
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    )
    assert world.rows(names, path) == world.rows(names)


def test_the_same_files_and_clock_are_nothing_to_do(world: World) -> None:
    before = bytes_of(world.home / "published")
    again = world.run()
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    for path in world.landing.rglob("*.csv"):
        path.touch()  # the same bytes at another time are the same file
    again = world.run()
    assert "nothing to do" in again.stdout
    assert bytes_of(world.home / "published") == before


def test_the_reports_name_no_other_machine(world: World) -> None:
    for name in ("index.html", "dictionary.html"):
        page = (world.home / "reports" / name).read_text(encoding="utf-8")
        assert "http://" not in page
        assert "https://" not in page
        assert "<script" not in page
    index = (world.home / "reports" / "index.html").read_text(encoding="utf-8")
    assert "surveys/flat" in index
    assert "data_docs/index.html" in index
    dictionary = (world.home / "reports" / "dictionary.html").read_text(encoding="utf-8")
    assert "fct_feedback" in dictionary
