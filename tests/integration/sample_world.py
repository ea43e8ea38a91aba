"""A sample world with all models built, made once a session; tests that change it take a copy."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from orchestration.sample import write_sample
from tests.integration.conftest import World


def sample_world(make_world: Callable[..., World]) -> World:
    """The world of the whole session, whichever of its processes comes first: read only."""
    base = make_world("").home.parents[1]
    kept = (base.parent if base.name.startswith("popen-") else base) / "sample"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not (kept / "done").exists():
            _build(kept)
    return _world(kept)


def copied(world: World, folder: Path) -> World:
    """A home of one's own with all that the world's has."""
    shutil.copytree(world.home, folder / "home", symlinks=True)
    return World(folder / "home", world.landing, world.as_of)


def _world(folder: Path) -> World:
    as_of = (folder / "landing" / "as_of").read_text(encoding="utf-8").strip()
    return World(folder / "home", folder / "landing", as_of)


def _build(folder: Path) -> None:
    for left in ("home", "landing"):
        shutil.rmtree(folder / left, ignore_errors=True)
    write_sample(folder / "landing", customers=800, days=10, seed=1)
    world = _world(folder)
    world.ingest()
    world.build()
    (folder / "done").touch()
