"""kill -9 at every chosen moment of a run: the next run completes what the dead one left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from orchestration.faults import CRASH_POINTS
from orchestration.settings import PROJECT_DIR
from tests.integration.baseline import answers, published_world
from tests.integration.conftest import World


def passerelle(
    world: World, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command line as a user calls it."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, **world.environment, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    """A published home, and a second day's file that no run has seen."""
    made = published_world(make_world)
    made.put("surveys/flat/answers_2026-10-31.csv", answers(31, 25))
    return made


def published(world: World) -> int:
    """Answers in the published file, which must be whole."""
    ((feedback, marts),) = world.rows(
        "select (select count(*) from marts.fct_feedback), "
        "(select count(*) from duckdb_tables() where schema_name = 'marts')",
        world.home / "published" / "bi.duckdb",
    )
    marker = json.loads((world.home / "published" / "publication.json").read_text())
    assert marts == len(marker["rows"])
    assert feedback == marker["rows"]["fct_feedback"]
    return int(feedback)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(("load", "build", "publishing_after_swap"), id="three moments"),
        pytest.param(CRASH_POINTS, id="all moments", marks=pytest.mark.long),
    ],
)
def test_kills_at_chosen_moments_cost_nothing_but_time(
    world: World, moments: tuple[str, ...]
) -> None:
    assert published(world) == 40
    for moment in moments:
        killed = passerelle(world, "run", "--job", "surveys", PASSERELLE_CRASH_AT=moment)
        assert killed.returncode == -signal.SIGKILL, (moment, killed.stderr)
        assert published(world) == (65 if moment == "publishing_after_swap" else 40), moment
    done = passerelle(world, "run", "--job", "surveys")
    assert done.returncode == 0, done.stderr
    assert published(world) == 65
    files = world.rows(
        "select path, status, rows_read, rows_loaded, rows_quarantined, is_validated "
        "from audit.files where family = 'surveys' order by path"
    )
    assert files == [
        ("surveys/flat/answers_2026-10-30.csv", "loaded", 40, 40, 0, True),
        ("surveys/flat/answers_2026-10-31.csv", "loaded", 25, 25, 0, True),
    ]
    assert world.rows("select count(*) from raw.surveys__flat") == [(65,)]
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


@pytest.mark.slow
def test_two_runs_at_once(world: World) -> None:
    arguments = [
        sys.executable,
        "-m",
        "orchestration.cli",
        "run",
        "--as-of",
        "2026-11-01T10:00:00Z",
    ]
    options: dict[str, Any] = {
        "cwd": PROJECT_DIR,
        "env": {**os.environ, **world.environment},
        "stderr": subprocess.PIPE,
        "stdout": subprocess.DEVNULL,
        "text": True,
    }
    with subprocess.Popen([*arguments, "--job", "ingestion"], **options) as first:
        assert first.stderr is not None
        first.stderr.readline()  # it has begun, so it has the lock or is about to take it
        second = subprocess.run(arguments, **options, check=False)
        while second.returncode == 0:  # it was faster than the first: only one may be
            second = subprocess.run(arguments, **options, check=False)
        first.communicate()
    assert second.returncode == 75
    assert f"process {first.pid}" in second.stderr
    assert second.stderr.count("\n") <= 2
    assert first.returncode == 0
