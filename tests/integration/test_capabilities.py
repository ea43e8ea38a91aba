"""Every capability that docs/capabilities.md claims is asked of the marts of the sample world."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World
from tests.integration.sample_world import sample_world

PAGE = PROJECT_DIR / "docs" / "capabilities.md"
ROW = re.compile(r"^\| ([A-E]\d+) \| (.+?) \| `(.+?)` \| (.*?) \| `(.+?)` \|$")
PROMISED = [
    f"{seed}{number}"
    for seed, count in (("A", 28), ("B", 18), ("C", 15), ("D", 10), ("E", 17))
    for number in range(1, count + 1)
]


def rows_of(page: str) -> dict[str, tuple[str, str, str, str]]:
    """Columns, query, result and test of each capability."""
    found = (ROW.match(line) for line in page.splitlines())
    return {match[1]: (match[2], match[3], match[4], match[5]) for match in found if match}


CLAIMS = rows_of(PAGE.read_text(encoding="utf-8"))


def shown(rows: list[tuple[object, ...]]) -> str:
    """Rows as the page writes them."""
    return "; ".join(" ".join(cell(value) for value in row) for row in rows) or "no row"


def cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value).replace("|", "+")


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    return sample_world(make_world)


def test_each_capability_has_its_row() -> None:
    assert list(CLAIMS) == PROMISED
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if ROW.match(line)]
    assert len(lines) == len(PROMISED)


def test_each_test_named_is_there() -> None:
    for number, (_, _, _, test) in CLAIMS.items():
        path, _, name = test.partition("::")
        assert (PROJECT_DIR / path).exists(), number
        assert not name or name in (PROJECT_DIR / path).read_text(encoding="utf-8"), number


@pytest.mark.slow
def test_each_column_is_in_its_mart(world: World) -> None:
    there = {
        f"{table}.{column}"
        for table, column in world.rows(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'marts'"
        )
    }
    for number, (columns, query, _, _) in CLAIMS.items():
        named = set(re.findall(r"`(\w+\.\w+)`", columns))
        assert named, number
        assert named <= there, (number, named - there)
        assert any(f"marts.{name.split('.')[0]} " in query + " " for name in named), number


@pytest.mark.slow
@pytest.mark.parametrize("number", PROMISED)
def test_the_marts_answer_as_written(world: World, number: str) -> None:
    _, query, result, _ = CLAIMS[number]
    assert shown(world.rows(query)) == result


@pytest.mark.slow
def test_who_answered_and_who_had_an_idea_is_as_in_the_truth(world: World) -> None:
    """Our own tool alone delivers whom it asked in vain; its faulty copies end in x."""
    with (world.landing / "truth" / "survey_requests.csv").open(newline="") as file:
        truth = {row["response_id"]: row for row in csv.DictReader(file)}
    flat = {
        number
        for (number,) in world.rows(
            "select distinct source_response_id from marts.fct_feedback "
            "where source_format = 'flat' and source_response_id not like '%x'"
        )
    }
    for survey in ("apres_appel", "nps_relationnel"):
        answers = [truth[n]["is_answered"] for n in flat if truth[n]["survey"] == survey]
        ((rate,),) = world.rows(
            "select sum(response_rate * asked_count) / sum(asked_count) "
            "from marts.satisfaction_by_stage "
            f"where dimension = 'survey' and item = '{survey}' and asked_count > 0"
        )
        assert len(answers) > 50
        assert float(rate) == pytest.approx(answers.count("true") / len(answers), abs=0.01)
    ideas = {number for number, row in truth.items() if row["has_idea"] == "true"}
    found = world.rows(
        "select distinct answers.source_response_id from marts.fct_text_codes as codes "
        "inner join marts.fct_feedback as answers on codes.record_id = answers.feedback_id "
        "where codes.idea is not null and answers.source_response_id not like '%x'"
    )
    assert ideas
    assert {number for (number,) in found} == ideas


def rewrite(home: Path) -> None:
    """Write the page's results anew from a home; read the difference before you keep it."""
    place = World(home=home, landing=home, as_of="")
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        if match := ROW.match(line):
            number, columns, query, _, test = match.groups()
            result = shown(place.rows(query))
            lines[at] = f"| {number} | {columns} | `{query}` | {result} | `{test}` |"
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import sys

    rewrite(Path(sys.argv[1]))
