"""Calls: who calls whom when, from which number, how long they wait and talk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .config import (
    ASSISTANCE,
    DAY,
    DEVIS,
    HOUR,
    QUEUES,
    SKILLS,
    TALK_MEANS,
    Bools,
    Ints,
    WorldConfig,
    local_parts,
    paris_offset,
)
from .demand import NOT_SOLD, SOLD_OUTBOUND, SOLD_PHONE, Needs, calling_time
from .journeys import Sessions
from .leases import Leases
from .people import People
from .service import Requests, opening_time

SERVICE, ASSIST, BANK = -1, -2, -3
INBOUND, OUTBOUND = 0, 1
ASTERISK, FLAT, TWILIO, GENESYS = range(4)
FORMAT_NAMES = ("asterisk", "flat", "twilio", "genesys")
OWN_LINE, LANDLINE, WITHHELD, SHORT = range(4)
RESULTS = ("sold", "interested", "refused", "no_answer", "wrong_number", "complaint")
NO_ANSWER = 3


@dataclass(frozen=True)
class Advisers:
    """Advisers: the last `night` of them take the assistance line at any hour."""

    skill: Ints
    late: Bools
    day_off: Ints
    quality: Ints
    night: int

    def __len__(self) -> int:
        return int(self.skill.size)


@dataclass
class Calls:
    """One row per call, in order of time.

    `line` is the number dialled: a place in our range, or SERVICE, ASSIST, BANK, FALLBACK.
    `session` is the visit that led to the call or -1, `result` an outbound call's, else -1.
    """

    person: Ints
    at: Ints
    direction: Ints
    format: Ints
    reason: Ints
    session: Ints
    line: Ints
    need: Ints
    request: Ints
    result: Ints
    caller: Ints
    ivr: Ints
    wait: Ints
    is_answered: Bools
    talk: Ints
    hold: Ints
    wrap: Ints
    missed_ring: Bools
    transfer: Ints
    adviser: Ints
    second_adviser: Ints
    lease: Ints

    def __len__(self) -> int:
        return int(self.person.size)

    # Kept: who writes the calls asks for them call by call.
    @cached_property
    def answered_at(self) -> Ints:
        """Epoch second at which an adviser, or the person called, took the call."""
        return self.at + self.ivr + self.wait

    @cached_property
    def ended_at(self) -> Ints:
        """Epoch second of the end, the transfer included."""
        spoken = np.where(self.is_answered, self.talk + self.hold, 0)
        return self.answered_at + spoken + np.where(self.transfer > 0, self.transfer + 8, 0)


_PLANNED = ("person", "at", "direction", "format", "reason", "session", "line", "need", "request")


def build_advisers(cfg: WorldConfig, expected_calls: int) -> Advisers:
    """As many advisers as the calls of a day keep busy, in four skills and two shifts."""
    rng = cfg.rng(9)
    day = max(6, int(np.ceil(expected_calls / cfg.days * 400 / (5.0 * HOUR))) + 4)
    night = max(6, day // 10)
    count = max(16, day) + night
    skill = rng.choice(len(SKILLS), size=count, p=[0.3, 0.4, 0.2, 0.1])
    skill[: 2 * len(SKILLS)] = np.repeat(np.arange(len(SKILLS)), 2)
    late = np.arange(count) % 2 == 1
    return Advisers(
        skill, late, np.arange(count) // 2 % 6, rng.normal(0, 10, count).astype(int), night
    )


def on_shift(advisers: Advisers, adviser: Ints, at: Ints) -> Bools:
    """Whether an adviser of the day lines is at work."""
    weekday, second = local_parts(at)
    late = advisers.late[adviser]
    low = np.where(late, 12.5 * HOUR, 8 * HOUR)
    high = np.where(late, 20 * HOUR, 15.5 * HOUR)
    present: Bools = (second >= low) & (second < high) & (weekday != 6)
    present &= weekday != advisers.day_off[adviser]
    return present


def build_calls(
    cfg: WorldConfig,
    people: People,
    needs: Needs,
    requests: Requests,
    sessions: Sessions,
    leases: Leases,
) -> tuple[Calls, Advisers]:
    """Plan every call of the world; sets the second of phone sales in `needs`."""
    rng = cfg.rng(10)
    parts = [
        _need_calls(rng, needs, sessions, leases),
        _offline_calls(needs),
        _request_calls(rng, requests, sessions, leases),
        _outbound_calls(rng, needs, sessions),
    ]
    table = {k: np.concatenate([p[k] for p in parts]).astype(np.int64) for k in parts[0]}
    keep = (table["at"] >= cfg.start) & (table["at"] < cfg.end - 2 * HOUR)
    order = np.lexsort((table["person"], table["at"]))
    order = order[keep[order]]
    table = {k: v[order] for k, v in table.items()}
    advisers = build_advisers(cfg, order.size)
    need = np.maximum(table["need"], 0)
    sold = (table["need"] >= 0) & (needs.sale[need] != NOT_SOLD)
    columns: dict[str, Any] = table | _conduct(rng, people, table, sold, advisers)
    calls = Calls(**columns)
    _give_to_vendors(calls)
    _settle_sales(cfg, needs, calls)
    return calls, advisers


def _give_to_vendors(calls: Calls) -> None:
    """Part of the service line comes in through Twilio, half of the bank's through Genesys."""
    inbound = (calls.direction == INBOUND) & (calls.lease < 0)
    asked = calls.reason != ASSISTANCE
    calls.format[inbound & asked & (calls.line == SERVICE) & (calls.person % 4 == 1)] = TWILIO
    calls.format[inbound & (calls.format == FLAT) & (calls.person % 8 == 4)] = GENESYS


def _rows(person: Ints, at: Ints, **values: Ints | int) -> dict[str, Ints]:
    out = {"person": person, "at": at}
    defaults = dict.fromkeys(_PLANNED[2:], -1) | {"result": -1, "lease": -1}
    for name, default in defaults.items():
        out[name] = np.broadcast_to(np.asarray(values.get(name, default)), person.shape)
    return out


def _dial(
    rng: np.random.Generator, session: Ints, leases: Leases, delay: Ints, otherwise: Ints
) -> tuple[Ints, Ints]:
    """Number dialled and lease behind it, after a visit: mostly the one shown, if still at hand."""
    lease = leases.of_session[session]
    rate = np.where(delay < HOUR, 0.93, 0.35)
    shown = (lease >= 0) & (rng.random(session.size) < rate)
    line = np.where(shown, leases.number[np.maximum(lease, 0)], otherwise)
    return line, np.where(shown, lease, -1)


def _need_calls(
    rng: np.random.Generator,
    needs: Needs,
    sessions: Sessions,
    leases: Leases,
) -> dict[str, Ints]:
    """Calls after a visit: at once by a click, within minutes, or later from a note."""
    need = np.maximum(sessions.need, 0)
    rows = np.flatnonzero((sessions.need >= 0) & (sessions.col == needs.call_col[need]))
    count = rows.size
    delay = rng.exponential(300, count)
    sort = rng.random(count)
    delay = np.where(sort > 0.72, rng.exponential(2700, count), delay)
    delay = np.where(sort > 0.92, rng.exponential(1.2 * DAY, count), delay)
    delay = np.where(sessions.click_to_call[rows], rng.uniform(-20, 60, count), delay)
    ends = sessions.at[rows] + sessions.seconds[rows]
    at = opening_time((ends + delay).astype(np.int64))
    line, lease = _dial(rng, rows, leases, at - ends, np.full(count, SERVICE))
    return _rows(
        sessions.person[rows],
        at,
        direction=INBOUND,
        format=ASTERISK,
        reason=DEVIS,
        session=rows,
        line=line,
        lease=lease,
        need=sessions.need[rows],
    )


def _offline_calls(needs: Needs) -> dict[str, Ints]:
    rows = np.flatnonzero(needs.offline)
    return _rows(
        needs.person[rows],
        opening_time(needs.start[rows]),
        direction=INBOUND,
        format=np.where(needs.person[rows] % 4 == 0, FLAT, ASTERISK),
        reason=DEVIS,
        line=np.where(needs.person[rows] % 4 == 0, BANK, SERVICE),
        need=rows,
    )


def _request_calls(
    rng: np.random.Generator,
    requests: Requests,
    sessions: Sessions,
    leases: Leases,
) -> dict[str, Ints]:
    """Calls for service; after help pages some dial the number that the page lent them."""
    rows = np.flatnonzero(requests.call_at >= 0)
    visit = np.full(len(requests), -1, dtype=np.int64)
    helped = np.flatnonzero(sessions.request >= 0)
    visit[sessions.request[helped]] = helped
    session = visit[rows]
    ends = sessions.at[np.maximum(session, 0)] + sessions.seconds[np.maximum(session, 0)]
    at = np.where(
        session >= 0,
        np.maximum(requests.call_at[rows], opening_time(ends + 60 + rows % 240)),
        requests.call_at[rows],
    )
    person, reason = requests.person[rows], requests.reason[rows]
    bank = (person % 4 == 0) & (reason != ASSISTANCE)
    usual = np.where(bank, BANK, np.where(reason == ASSISTANCE, ASSIST, SERVICE))
    dialled, lent = _dial(rng, np.maximum(session, 0), leases, at - ends, usual)
    line = np.where(session >= 0, dialled, usual)
    lease = np.where(session >= 0, lent, -1)
    # The bank's own centre has one number; numbers on loan ring at the insurer's.
    return _rows(
        person,
        at,
        direction=INBOUND,
        format=np.where(line == BANK, FLAT, ASTERISK),
        reason=reason,
        session=session,
        line=line,
        lease=lease,
        request=rows,
    )


def _outbound_calls(rng: np.random.Generator, needs: Needs, sessions: Sessions) -> dict[str, Ints]:
    """Calls to people who left a quote, with attempts that failed before; callbacks asked for."""
    rows = np.flatnonzero(needs.outbound_at >= 0)
    at = needs.outbound_at[rows]
    result = rng.choice(6, size=rows.size, p=[0.0, 0.34, 0.26, 0.32, 0.05, 0.03])
    result = np.where(needs.sale[rows] == SOLD_OUTBOUND, 0, result)
    tried = (local_parts(at)[1] > 11 * HOUR) & (rng.random(rows.size) < 0.3)
    asked = np.flatnonzero(sessions.callback)
    asked_at = sessions.at[asked] + sessions.seconds[asked]
    back_at = calling_time(asked_at + rng.integers(600, 3 * HOUR, asked.size), rng)
    person = np.concatenate([needs.person[rows], needs.person[rows[tried]], sessions.person[asked]])
    none = np.full(asked.size, -1)
    return _rows(
        person,
        np.concatenate([at, at[tried] - 2400, back_at]),
        direction=OUTBOUND,
        format=FLAT,
        reason=DEVIS,
        need=np.concatenate([rows, rows[tried], sessions.need[asked]]),
        result=np.concatenate([result, np.full(int(tried.sum()), NO_ANSWER), none]),
        session=np.concatenate([np.full(rows.size + int(tried.sum()), -1), asked]),
        line=BANK,
    )


def _conduct(
    rng: np.random.Generator,
    people: People,
    table: dict[str, Ints],
    sold: Bools,
    advisers: Advisers,
) -> dict[str, Ints]:
    """How each call goes: line of the caller, wait by load, patience, adviser, talk, transfer."""
    count = table["at"].size
    person, at, reason = table["person"], table["at"], table["reason"]
    inbound = table["direction"] == INBOUND
    draw = rng.random(count)
    caller = np.where(people.landline[person] & (draw < 0.25), LANDLINE, OWN_LINE)
    caller = np.where(draw > 0.91, WITHHELD, caller)
    caller = np.where(draw > 0.996, SHORT, caller)
    caller = np.where(inbound, caller, OWN_LINE)
    ivr = np.where(inbound & (table["format"] == ASTERISK), rng.integers(9, 34, count), 0)

    slot = (at + paris_offset(at)) // 1800
    _, inverse, sizes = np.unique(slot, return_inverse=True, return_counts=True)
    staff = max(1.0, (len(advisers) - advisers.night) * 0.45)
    load = np.clip(sizes[inverse] * 380 / (1800 * staff), 0, 1.2)
    wait = rng.exponential(10 + 130 * load**2, count)
    patience = np.where(rng.random(count) < 0.03, rng.uniform(1, 5, count), 0)
    patience = np.where(patience == 0, rng.exponential(260, count) + 3, patience)
    gives_up = inbound & ~sold & (patience < wait)
    answered = np.where(inbound, ~gives_up, ~np.isin(table["result"], (NO_ANSWER, 4)))
    wait = np.where(gives_up, patience, wait)
    waited = np.where(inbound, wait, rng.uniform(6, 25, count)).astype(np.int64) + 1
    mean = np.array(TALK_MEANS)[reason]
    talk = mean * np.exp(rng.normal(-0.18, 0.6, count)) * np.where(sold, 1.5, 1.0)
    talk = np.clip(talk, 15, 3400).astype(np.int64)
    hold = np.where(rng.random(count) < 0.22, rng.integers(10, 150, count), 0)
    wrap = np.clip(rng.normal(45, 25, count), 0, 300).astype(np.int64)
    transfer = answered & inbound & (rng.random(count) < 0.09)
    queue = np.array([SKILLS.index(q) if q in SKILLS else 0 for q in QUEUES])[reason]
    night = reason == ASSISTANCE
    adviser = _choose_adviser(rng, advisers, queue, night, at)
    second = _choose_adviser(rng, advisers, (queue + 1) % len(SKILLS), night, at)
    transfer &= second != adviser
    return {
        "caller": caller,
        "ivr": ivr,
        "wait": waited,
        "is_answered": answered.astype(np.bool_),
        "talk": np.where(answered, talk, 0),
        "hold": np.where(answered, hold, 0),
        "wrap": np.where(answered, wrap, 0),
        "missed_ring": answered & inbound & (waited > 18) & (rng.random(count) < 0.3),
        "transfer": np.where(transfer, rng.integers(40, 500, count), 0),
        "adviser": np.where(answered, adviser, -1),
        "second_adviser": np.where(transfer, second, -1),
    }


def _choose_adviser(
    rng: np.random.Generator, advisers: Advisers, skill: Ints, night: Bools, at: Ints
) -> Ints:
    """An adviser at work with the skill where a few tries find one, else one at work."""
    count = len(advisers) - advisers.night
    best = rng.integers(0, count, at.size)
    score = np.full(at.size, -1)
    for _ in range(24):
        trial = rng.integers(0, count, at.size)
        value = 2 * on_shift(advisers, trial, at) + (advisers.skill[trial] == skill)
        best = np.where(value > score, trial, best)
        score = np.maximum(score, value)
    return np.where(night, count + rng.integers(0, advisers.night, at.size), best)


def _settle_sales(cfg: WorldConfig, needs: Needs, calls: Calls) -> None:
    """A phone sale happens at the end of its call; without the call before the end, not at all."""
    needs.sale_at[np.isin(needs.sale, (SOLD_PHONE, SOLD_OUTBOUND))] = -1
    rows = np.flatnonzero(sale_calls(needs, calls))
    needs.sale_at[calls.need[rows]] = calls.ended_at[rows]
    unsettled = (needs.sale != NOT_SOLD) & ((needs.sale_at < 0) | (needs.sale_at >= cfg.end))
    needs.sale_at[unsettled] = -1


def sale_calls(needs: Needs, calls: Calls) -> Bools:
    """Calls in which a contract was concluded."""
    sale = needs.sale[np.maximum(calls.need, 0)]
    inbound = (calls.direction == INBOUND) & (sale == SOLD_PHONE)
    # A need has one call of its own; the outbound one that sold carries result 0.
    outbound = (calls.direction == OUTBOUND) & (calls.result == 0)
    concluded: Bools = (calls.need >= 0) & calls.is_answered & (inbound | outbound)
    return concluded
