"""Survey tools and networks: however their files arrive, the same rows come out."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.sample import write_sample
from tests.integration.conftest import World
from tests.integration.test_equality import DAY

# The sample world of test_equality holds this family too; alone, its faults are easier to find.
pytestmark = pytest.mark.long

FORMATS = ("surveys/qualtrics", "surveys/typeform", "social/mastodon", "social/bluesky")
MODELS = (
    *("int_canonical__survey_answers", "int_canonical__feedback_answers"),
    *("int_canonical__social_posts", "int_canonical__social_accounts", "int_canonical__follows"),
    "int_voice_of_customer__feedback",
)
ORDERS = ("at once", "in order, twice", "shuffled")


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zone = tmp_path_factory.mktemp("voices") / "zone"
    write_sample(zone, customers=300, days=10, seed=12)
    return zone


def deliver(zone: Path, world: World, order: str) -> None:
    """Put the days' files down and load them: at once, day by day and again, or in any order."""
    by_day: dict[str, list[Path]] = {}
    for path in sorted(path for name in FORMATS for path in (zone / name).iterdir()):
        found = DAY.search(path.name)
        by_day.setdefault(found.group() if found else "", []).append(path.relative_to(zone))
    days = [by_day[day] for day in sorted(by_day)]
    if order == "at once":
        days = [[path for files in days for path in files]]
    elif order == "shuffled":
        # The settings come first, or the first files would be read without them.
        days = [days[0], *random.Random(5).sample(days[1:], len(days) - 1)]
    for files in days:
        for relative in files:
            (world.landing / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(zone / relative, world.landing / relative)
        world.ingest()
        if order == "in order, twice":
            for relative in files:
                if relative.suffix != ".yml":
                    again = world.landing / relative.parent / f"again-{relative.name}"
                    # Other bytes, so that it is another file, and the same rows.
                    again.write_bytes((zone / relative).read_bytes() + b"\n")
            world.ingest()


@pytest.fixture(scope="module")
def worlds(make_world: Callable[..., World], delivery: Path) -> dict[str, World]:
    made = {}
    for order in ORDERS:
        world = made[order] = make_world((delivery / "as_of").read_text().strip())
        deliver(delivery, world, order)
        done = world.dbt("run", "--quiet", "--select", *(f"+{model}" for model in MODELS))
        assert done.returncode == 0, done.stdout[-3000:]
    return made


@pytest.mark.parametrize("model", MODELS)
def test_every_order_gives_the_same_rows(worlds: dict[str, World], model: str) -> None:
    expected = worlds["at once"].rows(f"from intermediate.{model} order by all")
    assert len(expected) > 3
    for order in ORDERS[1:]:
        assert worlds[order].rows(f"from intermediate.{model} order by all") == expected, order


def test_every_order_leaves_the_same_texts(worlds: dict[str, World]) -> None:
    for table, column in (("mastodon", "content"), ("bluesky", "text")):
        sql = f"select distinct {column} from raw.social__{table} order by all"
        expected = worlds["at once"].rows(sql)
        assert len(expected) > 3
        assert all(worlds[order].rows(sql) == expected for order in ORDERS)


def test_the_copies_were_read(worlds: dict[str, World]) -> None:
    once, twice = (
        worlds[order].rows("select count(*) from raw.social__bluesky")[0][0] for order in ORDERS[:2]
    )
    assert twice == 2 * once
