"""A small published home, made once a session and copied for each module that changes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests.integration.conftest import World

AS_OF = "2026-10-31T22:00:00Z"
HEADER = "response_id,question_id,survey,kind,scale_min,scale_max,score,asked_at,answered_at\n"
CONTRACTS = "contract_id,customer_id,role,opened_at,premium\nK1,C1,holder,2026-10-01T09:00:00Z,99\n"

_made: list[World] = []


def answers(day: int, count: int) -> str:
    """A day's NPS answers."""
    return HEADER + "".join(
        f"R{day:02}{i:03},q1,nps,nps,0,10,{i % 11},2026-10-{day:02}T08:00:00Z,"
        f"2026-10-{day:02}T{9 + i % 10:02}:00:00Z\n"
        for i in range(count)
    )


def published_world(make_world: Callable[..., World]) -> World:
    """A home of one's own with 40 answers and a contract, loaded and published."""
    if not _made:
        made = make_world(AS_OF)
        made.put("surveys/flat/answers_2026-10-30.csv", answers(30, 40))
        made.put("crm/contracts/_source.yml", "currency: EUR\n")
        made.put("crm/contracts/contracts_2026-10-29.csv", CONTRACTS)
        first = made.run()
        assert first.returncode == 0, first.stderr
        assert "published" in first.stdout
        _made.append(made)
    world = make_world(AS_OF)
    # Links as links: the published version must be the copy's own.
    shutil.copytree(_made[0].home, world.home, symlinks=True)
    shutil.copytree(_made[0].landing, world.landing)
    return world
