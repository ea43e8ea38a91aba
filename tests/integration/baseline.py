"""A small published home, made once a session and copied for each module that changes it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.integration.conftest import World

AS_OF = "2026-10-31T22:00:00Z"
HEADER = "response_id,question_id,survey,kind,scale_min,scale_max,score,asked_at,answered_at\n"
CONTRACTS = "contract_id,customer_id,role,opened_at,premium\nK1,C1,holder,2026-10-01T09:00:00Z,99\n"


def answers(day: int, count: int) -> str:
    """A day's NPS answers."""
    return HEADER + "".join(
        f"R{day:02}{i:03},q1,nps,nps,0,10,{i % 11},2026-10-{day:02}T08:00:00Z,"
        f"2026-10-{day:02}T{9 + i % 10:02}:00:00Z\n"
        for i in range(count)
    )


def published_world(make_world: Callable[..., World]) -> World:
    """A home of one's own with 40 answers and a contract, loaded and published."""
    made = make_world(AS_OF)
    # The folder of the whole session, whichever of its processes comes first.
    base = made.home.parents[1]
    kept = (base.parent if base.name.startswith("popen-") else base) / "published"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not (kept / "done").exists():
            _publish(kept)
    # Links as links: the published version must be the copy's own.
    shutil.copytree(kept / "home", made.home, symlinks=True)
    shutil.copytree(kept / "landing", made.landing)
    return made


def _publish(folder: Path) -> None:
    world = World(folder / "home", folder / "landing", AS_OF)
    world.put("surveys/flat/answers_2026-10-30.csv", answers(30, 40))
    world.put("crm/contracts/_source.yml", "currency: EUR\n")
    world.put("crm/contracts/contracts_2026-10-29.csv", CONTRACTS)
    first = world.run()
    assert first.returncode == 0, first.stderr
    assert "published" in first.stdout
    (folder / "done").touch()
