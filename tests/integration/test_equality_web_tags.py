"""However the files of Segment and GA4 arrive, the same events and sessions come out."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import write_sample
from tests.integration.conftest import World
from tests.integration.tags import build_sessions

# The sample world of test_equality holds this family too; alone, its faults are easier to find.
pytestmark = pytest.mark.long

FORMATS = ("segment", "ga4")
#: Which copy of a row survived is no part of an event.
COMPARED = ("intermediate.int_canonical__web_events", "marts.fct_sessions")


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Days of both tags: copies, broken lines, intraday tables, Parquet."""
    zone = tmp_path_factory.mktemp("delivery") / "zone"
    write_sample(zone, customers=900, days=6, seed=11)
    return zone


def files_of(zone: Path) -> list[Path]:
    """Files of both tags in the order of their days, the settings apart."""
    found = [
        path.relative_to(zone)
        for format_ in FORMATS
        for path in (zone / "web_tags" / format_).iterdir()
        if path.suffix != ".yml"
    ]
    return sorted(found, key=lambda path: ("".join(filter(str.isdigit, path.stem)), path))


def deliver(zone: Path, world: World, files: list[Path]) -> None:
    for relative in (*(Path("web_tags", name, "_source.yml") for name in FORMATS), *files):
        target = world.landing / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(zone / relative, target)
    shutil.copyfile(zone / "as_of", world.landing / "as_of")


def outcome(world: World) -> dict[str, list[tuple[Any, ...]]]:
    return {table: world.rows(f"from {table} order by all") for table in COMPARED}


@pytest.fixture(scope="module")
def full(make_world: Callable[..., World], delivery: Path) -> World:
    """Everything at once."""
    world = make_world((delivery / "as_of").read_text().strip())
    deliver(delivery, world, files_of(delivery))
    build_sessions(world)
    return world


@pytest.mark.parametrize("order", ["in order, twice", "shuffled"])
def test_same_events_in_every_order(
    make_world: Callable[..., World], delivery: Path, full: World, order: str
) -> None:
    world = make_world(full.as_of)
    files = files_of(delivery)
    if order == "shuffled":
        random.Random(5).shuffle(files)
    for start in range(0, len(files), 3):
        batch = files[start : start + 3]
        deliver(delivery, world, batch)
        world.ingest()
        if order == "in order, twice":
            # The first file again, under another name.
            again = world.landing / batch[0].parent / f"again-{batch[0].name}"
            shutil.copyfile(delivery / batch[0], again)
            world.ingest()
    build_sessions(world)
    expected, found = outcome(full), outcome(world)
    assert min(len(rows) for rows in expected.values()) > 30
    for table, rows in expected.items():
        assert found[table] == rows, table


def test_every_message_is_one_event(full: World) -> None:
    """Raw holds copies; events are as many as there are ids, counted without the models."""
    counts = dict(
        full.rows(
            "select tag_format, count(*) from intermediate.int_canonical__web_events group by 1"
        )
    )
    ((messages, copies),) = full.rows(
        "select count(distinct message_id), count(*) from raw.web_tags__segment"
    )
    ((events, rows),) = full.rows(
        "select count(distinct (user_pseudo_id, event_timestamp, event_name, batch_page_id, "
        "batch_event_index)), count(*) from raw.web_tags__ga4"
    )
    assert counts == {"segment": messages, "ga4": events}
    assert messages < copies
    assert events < rows
    assert (
        len(
            full.rows(
                "from raw.web_tags__ga4 where _file_id in (select file_id from "
                "audit.files where path like '%intraday%' or path like '%parquet')"
            )
        )
        > 10
    )
