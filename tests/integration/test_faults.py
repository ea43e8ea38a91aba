"""kill -9 at every chosen moment of a run: the next run completes what the dead one left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from orchestration.faults import CRASH_POINTS
from orchestration.warehouse import run_lock
from tests.integration.conftest import World
from tests.integration.small_checkout import SmallWorld, calls, small_world


@pytest.fixture
def world(make_world: Callable[..., World]) -> SmallWorld:
    """A published home, and a second day's file that no run has seen."""
    made = small_world(make_world)
    made.put("call_records/flat/calls_2026-10-31.csv", calls(31, 25))
    return made


def published(world: SmallWorld) -> int:
    """Calls in the published file, which must be whole."""
    path = world.home / "published" / "bi.duckdb"
    found = world.rows(
        "select table_name, estimated_size from duckdb_tables() where schema_name = 'marts'", path
    )
    marker = json.loads((path.parent / "publication.json").read_text())
    assert dict(found) == marker["rows"]
    return world.published_calls()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(("load", "publishing_after_swap"), id="two moments"),
        pytest.param(CRASH_POINTS, id="all moments", marks=pytest.mark.long),
    ],
)
def test_kills_at_chosen_moments_cost_nothing_but_time(
    world: SmallWorld, moments: tuple[str, ...]
) -> None:
    assert published(world) == 40
    for moment in moments:
        world.killed(moment, "run", "--job", "call_records")
        assert published(world) == (65 if moment == "publishing_after_swap" else 40), moment
    done = world.passerelle("run", "--job", "call_records")
    assert done.returncode == 0, done.stderr
    assert published(world) == 65
    files = world.rows(
        "select path, status, rows_read, rows_loaded, rows_quarantined, is_validated "
        "from audit.files where family = 'call_records' order by path"
    )
    assert files == [
        ("call_records/flat/calls_2026-10-30.csv", "loaded", 40, 40, 0, True),
        ("call_records/flat/calls_2026-10-31.csv", "loaded", 25, 25, 0, True),
    ]
    assert world.rows("select count(*) from raw.call_records__flat") == [(65,)]
    states = dict(world.rows("select status, count(*) from audit.runs group by all"))
    assert states == {"published": 2, "died": len(moments)}
    # A file loaded by a run that died before its checks is checked by the next one.
    checked = world.rows(
        "select count(*) from audit.check_results where run_id = "
        "(select run_id from audit.runs order by started_at desc limit 1) and layer = 'marts'"
    )
    assert checked[0][0] > 0
    left = list((world.home / ".published").iterdir())
    assert len(left) == 2
    assert all((version / "publication.json").is_file() for version in left)


#: A run in progress, as far as others can see.
HOLDER = """
import sys
from pathlib import Path
from orchestration.warehouse import run_lock
with run_lock(Path(sys.argv[1]), "job everything"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_two_runs_at_once(world: SmallWorld) -> None:
    options = {**world.options(), "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(world.home)], **options) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        for command in ("run", "deliver"):
            second = world.passerelle(command)
            assert second.returncode == 75, second.stderr
            assert f"process {first.pid} (job everything" in second.stderr
            assert second.stderr.count("\n") <= 2
        first.kill()
    # The kernel's lock ends with its holder, however that ends.
    with run_lock(world.home, "the next"):
        pass
