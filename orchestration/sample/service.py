"""What customers need help with: help pages that fail or suffice, calls, calls again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from .config import (
    ASSISTANCE,
    DAY,
    HOUR,
    REASON_WEIGHTS,
    REASONS,
    Bools,
    Ints,
    WorldConfig,
    dst_bounds,
    local_parts,
)
from .demand import visit_clock
from .people import People


@dataclass(frozen=True)
class Requests:
    """One row per request for help; `call_at` is -1 where the web answered it."""

    person: Ints
    at: Ints
    reason: Ints
    on_web: Bools
    call_at: Ints
    repeat: Bools

    def __len__(self) -> int:
        return int(self.person.size)


def opening_time(at: Ints) -> Ints:
    """Move times to the opening hours of the inbound lines: Monday to Saturday, 8 to 20."""
    at = at.copy()
    for _ in range(3):
        weekday, second = local_parts(at)
        midnight = at - second
        spread = (at * 7919 % (9 * HOUR)) + 8 * HOUR
        at = np.where(second < 8 * HOUR, midnight + spread, at)
        late = (second >= 20 * HOUR - 300) | (weekday == 6)
        at = np.where(late, midnight + DAY + spread, at)
    return at


def build_requests(cfg: WorldConfig, people: People) -> Requests:
    """Draw the requests of the whole world, with assistance calls at any hour of the night."""
    rng = cfg.rng(4)
    mean = 2.5 * cfg.days / 30
    active = np.flatnonzero(~people.is_minor[: people.customers])
    person = np.repeat(active, rng.poisson(mean * rng.gamma(2.0, 0.5, active.size)))
    at = visit_clock(rng, cfg.start // DAY + rng.integers(0, cfg.days, person.size))
    reason = rng.choice(len(REASONS), size=person.size, p=REASON_WEIGHTS)
    on_web = rng.random(person.size) < 0.5
    # The web answers an invoice more often than a claim.
    solved = np.array([0.35, 0.65, 0.55, 0.75, 0.3, 0.6, 0.5, 0.0])[reason]
    calls = ~on_web | (rng.random(person.size) >= solved)
    soon = rng.random(person.size) < 0.7
    delay = 120 + rng.exponential(np.where(soon, 600, 3 * HOUR)).astype(np.int64)
    call_at = np.where(calls, opening_time(np.where(on_web, at + delay, at)), -1)

    again = calls & (rng.random(person.size) < 0.12)
    later = opening_time(call_at[again] + rng.integers(4 * HOUR, 5 * DAY, int(again.sum())))
    night = _assistance(cfg, rng, active)
    parts_person = [person, person[again], night[0]]
    parts_at = [at, later, night[1]]
    extra = later.size + night[0].size
    joined = Requests(
        person=np.concatenate(parts_person),
        at=np.concatenate(parts_at),
        reason=np.concatenate([reason, reason[again], np.full(night[0].size, ASSISTANCE)]),
        on_web=np.concatenate([on_web, np.zeros(extra, dtype=np.bool_)]),
        call_at=np.concatenate([call_at, later, night[1]]),
        repeat=np.concatenate(
            [np.zeros(person.size, bool), np.ones(later.size, bool), np.zeros(night[0].size, bool)]
        ),
    )
    keep = (joined.at < cfg.end - HOUR) & (joined.call_at < cfg.end - HOUR)
    return Requests(**{k: getattr(joined, k)[keep] for k in Requests.__dataclass_fields__})


def _assistance(cfg: WorldConfig, rng: np.random.Generator, active: Ints) -> tuple[Ints, Ints]:
    """Breakdowns at any hour; a storm in the night of the change to winter time.

    The storm puts calls on both sides of the doubled hour, and across its middle.
    """
    size = max(4, int(0.08 * active.size * cfg.days / 30))
    at = [rng.integers(cfg.start, cfg.end, size)]
    last_year = np.array([cfg.start, cfg.end]) // (365 * DAY)
    for year in range(1970 + int(last_year[0]) - 1, 1970 + int(last_year[1]) + 2):
        winter = dst_bounds(year)[1]
        if cfg.start < winter - 3 * HOUR and winter + 3 * HOUR < cfg.end:
            storm = max(8, size // 10)
            at.append(rng.integers(winter - HOUR, winter + HOUR, storm))
            at.append(np.array([winter - 240, winter - 120, winter - 60, winter + 30]))
    when = np.concatenate(at).astype(np.int64)
    return rng.choice(active, size=when.size), when


def local_clock(at: int) -> int:
    """Paris wall-clock second of an instant, as if it were UTC."""
    summer, winter = dst_bounds(datetime.fromtimestamp(at, UTC).year)
    return at + (2 * HOUR if summer <= at < winter else HOUR)
