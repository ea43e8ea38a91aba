"""Voice cookies: numbers lent to visitors from pools, renewed, recycled, exhausted."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from .config import MOTO, Bools, Ints
from .journeys import BOT, BROWSE, HELP, QUOTE, Sessions

NEW, RENEWED, OVERFLOW = range(3)
REASON_NAMES = ("new", "renewed", "overflow")
POOLS = ("devis", "aide")
HOLD_SECONDS = 1800
FALLBACK = -4
_MAX_POOL = 4_900


@dataclass(frozen=True)
class Leases:
    """One row per lease, in order of assignment; `of_session` maps a visit to its lease or -1.

    `number` is the place in our range of numbers, FALLBACK for the shared number of last resort.
    """

    session: Ints
    pool: Ints
    number: Ints
    assigned_at: Ints
    seen_at: Ints
    released_at: Ints
    reason: Ints
    of_session: Ints
    key: Ints
    by_key: Ints

    def state(self, lease: int, at: int) -> str:
        """What a call at a time finds: exact, late, recycled or overflow."""
        number = int(self.number[lease])
        if number == FALLBACK:
            return "overflow"
        if at <= int(self.released_at[lease]):
            return "exact"
        place = int(np.searchsorted(self.key, (number << 34) + at, side="right")) - 1
        holder = int(self.by_key[place])
        held = int(self.number[holder]) == number and at <= int(self.released_at[holder])
        return "recycled" if held and holder != lease else "late"


def shows_number(sessions: Sessions, flat: Bools) -> Bools:
    """Visits that are shown a number: more than a glance at pages that carry one."""
    shown: Bools = np.isin(sessions.kind, (QUOTE, BROWSE, HELP)) & ~flat & ~sessions.bounce
    moto = np.isin(sessions.kind, (QUOTE, BROWSE)) & (sessions.topic == MOTO)
    shown &= ~moto & (sessions.kind != BOT)
    return shown


def build_leases(sessions: Sessions, flat: Bools) -> Leases:
    """Lend numbers in order of time.

    A pool is as large as its 97th percentile of simultaneous holders, so that peaks overflow. The
    number that has been free for longest goes first; a visitor who comes back gets the last one
    again while it is free.
    """
    who = np.flatnonzero(shows_number(sessions, flat))
    pool = (sessions.kind[who] == HELP).astype(np.int64)
    assigned = sessions.at[who] + 1
    seen = sessions.at[who] + sessions.seconds[who]
    released = seen + HOLD_SECONDS
    number = np.full(who.size, FALLBACK, dtype=np.int64)
    reason = np.full(who.size, OVERFLOW, dtype=np.int64)
    for index in (0, 1):
        rows = np.flatnonzero(pool == index)
        _lend(rows, sessions.device[who], assigned, released, number, reason, index * 5000)
    of_session = np.full(len(sessions), -1, dtype=np.int64)
    of_session[who] = np.arange(who.size)
    key = (number << 34) + assigned
    by_key = np.argsort(key, kind="stable")
    return Leases(
        who, pool, number, assigned, seen, released, reason, of_session, key[by_key], by_key
    )


def _lend(
    rows: Ints,
    device: Ints,
    assigned: Ints,
    released: Ints,
    number: Ints,
    reason: Ints,
    base: int,
) -> None:
    if rows.size == 0:
        return
    ends = np.sort(released[rows])
    holders = np.arange(rows.size) - np.searchsorted(ends, assigned[rows])
    size = min(_MAX_POOL, max(4, int(np.quantile(holders, 0.97))))
    free: OrderedDict[int, None] = OrderedDict((base + i, None) for i in range(size))
    held: list[tuple[int, int]] = []
    last: dict[int, int] = {}
    for row in rows.tolist():
        at = int(assigned[row])
        while held and held[0][0] <= at:
            free[heapq.heappop(held)[1]] = None
        who = int(device[row])
        mine = last.get(who, -1)
        if mine in free:
            del free[mine]
            chosen, why = mine, RENEWED
        elif free:
            chosen, why = free.popitem(last=False)[0], NEW
        else:
            continue
        number[row], reason[row] = chosen, why
        last[who] = chosen
        heapq.heappush(held, (int(released[row]), chosen))
