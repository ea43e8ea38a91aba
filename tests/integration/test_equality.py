"""However the same files arrive, the same marts come out."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.sample import write_sample
from tests.integration.conftest import World

#: They tell of the runs themselves, not of what was delivered.
ABOUT_RUNS = {"publication_info", "data_quality_results"}
DAY = re.compile(r"20\d\d-\d\d-\d\d")


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world: six days, everything that can go wrong in it included."""
    folder = tmp_path_factory.mktemp("delivery")
    write_sample(folder / "zone", customers=120, days=6, seed=11)
    return folder / "zone"


def days_of(zone: Path) -> list[list[Path]]:
    """Files by the day in their names; what has none comes with the first."""
    by_day: dict[str, list[Path]] = {}
    for path in sorted(zone.rglob("*")):
        relative = path.relative_to(zone)
        if not path.is_file() or relative.parts[0] == "truth" or path.name == "Master.csv":
            continue
        found = DAY.search(path.name)
        by_day.setdefault(found.group() if found else "", []).append(relative)
    return [by_day[day] for day in sorted(by_day)]


def deliver(zone: Path, world: World, files: list[Path]) -> None:
    for relative in files:
        target = world.landing / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(zone / relative, target)


def grow_master(zone: Path, world: World, share: float) -> None:
    """Master.csv as it stands after a share of its lines; cut in the middle of one."""
    relative = Path("call_records/asterisk/Master.csv")
    content = (zone / relative).read_bytes()
    target = world.landing / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if share == 1 else content[: int(len(content) * share)])


def marts(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every public mart as a sorted multiset of rows."""
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
            if name not in ABOUT_RUNS
        ]
        return {name: con.execute(f"from marts.{name} order by all").fetchall() for name in names}


@pytest.fixture(scope="module")
def full(make_world: Callable[..., World], delivery: Path) -> World:
    """Everything at once."""
    world = make_world((delivery / "as_of").read_text().strip(), delivery)
    world.ingest()
    world.build()
    return world


@pytest.mark.parametrize("order", ["in order, twice", "shuffled"])
def test_same_marts_in_every_order(
    make_world: Callable[..., World], delivery: Path, full: World, order: str
) -> None:
    world = make_world(full.as_of)
    shutil.copyfile(delivery / "as_of", _made(world.landing) / "as_of")
    days = days_of(delivery)
    if order == "shuffled":
        random.Random(3).shuffle(days)
    for number, files in enumerate(days):
        deliver(delivery, world, files)
        grow_master(delivery, world, (number + 1) / len(days))
        world.ingest()
        if order == "in order, twice":
            # The same files again, some under another name.
            for relative in files[:3]:
                if relative.suffix not in {".yml", ""}:
                    copy = world.landing / relative.parent / f"again-{relative.name}"
                    shutil.copyfile(delivery / relative, copy)
            world.ingest()
    world.build()
    expected, found = marts(full), marts(world)
    assert set(expected) == set(found)
    assert sum(map(len, expected.values())) > 1000
    for name, rows in expected.items():
        assert found[name] == rows, name


def test_every_row_read_is_accounted_for(full: World) -> None:
    rows = full.rows(
        "select path from audit.files "
        "where rows_read <> rows_loaded + rows_quarantined + rows_suppressed"
    )
    assert rows == []
    for family, format_, loaded in full.rows(
        "select family, format, sum(rows_loaded) from audit.files group by 1, 2"
    ):
        assert full.rows(f"select count(*) from raw.{family}__{format_}") == [(loaded,)]


def test_sample_calls_are_those_of_its_truth(full: World, delivery: Path) -> None:
    truth = full.rows(
        "select source_format, source_call_id from "
        f"read_csv('{delivery / 'truth' / 'call_sessions.csv'}', all_varchar = true)"
    )
    found = full.rows("select source_format, source_call_id from marts.fct_calls")
    assert len(found) == len(set(found))
    missing = set(truth) - set(found)
    # What the world broke on purpose lies in quarantine.
    ((quarantined,),) = full.rows(
        "select coalesce(sum(rows_quarantined), 0) from audit.files where family = 'call_records'"
    )
    assert len(missing) <= quarantined
    assert len(set(truth) & set(found)) > 0.98 * len(truth)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
