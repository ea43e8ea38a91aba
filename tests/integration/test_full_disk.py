"""A disk that is full: the run says so, what was published stays, and with room it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.warehouse import way_out_of
from tests.integration.conftest import World
from tests.integration.small_checkout import SmallWorld, calls, small_world

SIZE_MB = 192


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip("mounting a tmpfs isn't allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(folder: Path, left_bytes: int) -> Path:
    """A file that leaves so much room."""
    path = folder / "ballast"
    with path.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, shutil.disk_usage(folder).free - left_bytes)
    return path


def test_messages_of_a_full_disk_are_known() -> None:
    told = 'IO Error: Could not write file "/d/w.duckdb": No space left on device'
    assert "the disk of /d is full" in str(way_out_of(told, Path("/d/w.duckdb")))
    assert way_out_of("Binder Error: no such column", Path("/d/w.duckdb")) is None


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("left_mb", [0.1, 1, 6])
def test_a_full_disk_stops_a_run_and_room_lets_it_go_on(
    make_world: Callable[..., World], disk: Path, left_mb: float
) -> None:
    kept = small_world(make_world)
    shutil.copytree(kept.home, disk / "home", symlinks=True)
    world = SmallWorld(disk / "home", kept.landing, kept.as_of, kept.checkout)
    world.put("call_records/flat/calls_2026-10-31.csv", calls(31, 25))
    ballast = fill_up(disk, int(left_mb * 1e6))
    stopped = world.passerelle("run", "--job", "call_records")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "is full" in stopped.stdout + stopped.stderr
    assert "Traceback" not in stopped.stdout + stopped.stderr
    ballast.unlink()
    assert world.published_calls() == 40
    done = world.passerelle("run", "--job", "call_records")
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.published_calls() == 65
    assert world.rows("select count(*) from raw.call_records__flat") == [(65,)]
