"""Visits: which device, when, how long, how far, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .campaigns import campaign_of
from .config import (
    CHANNELS,
    DAY,
    DIRECT,
    MOTO,
    ORGANIC,
    PRODUCTS,
    SMS,
    Bools,
    Ints,
    WorldConfig,
)
from .demand import NOT_SOLD, SOLD_PHONE, SOLD_WEB, Needs, visit_clock
from .people import BRAND, People
from .service import Requests

QUOTE, BROWSE, HELP, ACCOUNT, BOT = range(5)
BOT_AGENTS = 6


@dataclass
class Sessions:
    """One row per visit, sorted by start. `need`, `col`, `request` are -1 where there is none.

    `topic` is the product, or for help pages the reason; `step` the furthest quote step (4: the
    quote became a contract); `extra` counts further pages; `seconds` is the whole length.
    """

    person: Ints
    device: Ints
    at: Ints
    seconds: Ints
    kind: Ints
    topic: Ints
    channel: Ints
    campaign: Ints
    step: Ints
    extra: Ints
    bounce: Bools
    login: Bools
    form: Bools
    click_to_call: Bools
    callback: Bools
    need: Ints
    col: Ints
    request: Ints

    def __len__(self) -> int:
        return int(self.person.size)

    def take(self, rows: Ints | Bools) -> Sessions:
        """The chosen rows."""
        return Sessions(**{k: getattr(self, k)[rows] for k in Sessions.__dataclass_fields__})


def page_count(sessions: Sessions) -> Ints:
    """Pages of each visit; the layout in `pages` writes as many."""
    step = np.where(sessions.kind == QUOTE, sessions.step, 0)
    home = (sessions.channel <= ORGANIC).astype(np.int64)
    pages = home + 1 + sessions.extra + np.minimum(step, 3) + (step == 4)
    return np.where(sessions.bounce, 1, pages)


def _blank(count: int) -> dict[str, Ints]:
    return {
        name: np.zeros(count, dtype=np.int64)
        if name in ("step", "extra", "seconds", "channel", "campaign", "topic")
        else np.full(count, -1, dtype=np.int64)
        for name in Sessions.__dataclass_fields__
    }


def _make(kind: int, person: Ints, at: Ints, **values: Ints) -> dict[str, Ints]:
    out = _blank(person.size)
    out.update(person=person, at=at, kind=np.full(person.size, kind), **values)
    return out


def build_sessions(cfg: WorldConfig, people: People, needs: Needs, requests: Requests) -> Sessions:
    """Lay out all visits of the world in narrow arrays; pages and events come day by day."""
    rng = cfg.rng(5)
    parts = [
        _need_visits(cfg, rng, needs),
        _help_visits(rng, requests),
        _account_visits(cfg, people, rng),
        _browsing(cfg, people, rng),
        _bots(cfg, rng),
    ]
    table = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    count = table["person"].size
    human = table["kind"] != BOT
    table["bounce"] = human & (table["step"] == 0) & (table["kind"] != ACCOUNT)
    table["bounce"] &= (table["need"] < 0) & (table["request"] < 0) & (rng.random(count) < 0.3)
    for flag in ("login", "form", "click_to_call", "callback"):
        table[flag] = np.zeros(count, dtype=np.bool_)
    table["device"] = _choose_devices(people, rng, table)
    sessions = Sessions(**table)
    dwell = np.exp(rng.normal(3.55, 0.55, count))
    dwell = np.where(human, dwell, 1.2)
    sessions.seconds = np.clip(page_count(sessions) * dwell, 2, 3000).astype(np.int64) + 1
    _keep_apart(sessions)
    sessions = sessions.take(sessions.at + sessions.seconds < cfg.end)
    sessions = sessions.take(np.lexsort((sessions.device, sessions.at)))
    _flags(people, needs, rng, sessions)
    return sessions


def _need_visits(cfg: WorldConfig, rng: np.random.Generator, needs: Needs) -> dict[str, Ints]:
    """Touches of needs up to the sale; later ones never happen."""
    cols = np.arange(needs.touch_at.shape[1])[None, :]
    stop = np.where(needs.sale == NOT_SOLD, cols.size, needs.sale_col)
    done = (needs.touch_at >= 0) & (cols <= stop[:, None]) & ~needs.offline[:, None]
    done &= needs.touch_at < cfg.end
    need, col = np.nonzero(done)
    return _make(
        QUOTE,
        needs.person[need],
        needs.touch_at[need, col],
        topic=needs.product[need],
        channel=needs.channel[need, col],
        campaign=needs.campaign[need, col],
        step=needs.furthest[need, col],
        extra=rng.choice(3, size=need.size, p=[0.6, 0.28, 0.12]),
        need=need,
        col=col,
    )


def _help_visits(rng: np.random.Generator, requests: Requests) -> dict[str, Ints]:
    rows = np.flatnonzero(requests.on_web)
    return _make(
        HELP,
        requests.person[rows],
        requests.at[rows],
        topic=requests.reason[rows],
        channel=np.where(rng.random(rows.size) < 0.35, ORGANIC, DIRECT),
        extra=rng.integers(0, 3, rows.size),
        request=rows,
    )


def _account_visits(cfg: WorldConfig, people: People, rng: np.random.Generator) -> dict[str, Ints]:
    """Logged-in visits. The first of a person on each of their devices is early in the month."""
    who = np.flatnonzero(people.has_login)
    person = np.repeat(who, rng.poisson(2.0 * cfg.days / 30, who.size))
    at = visit_clock(rng, cfg.start // DAY + rng.integers(0, cfg.days, person.size))
    return _make(ACCOUNT, person, at, extra=rng.integers(0, 4, person.size))


def _browsing(cfg: WorldConfig, people: People, rng: np.random.Generator) -> dict[str, Ints]:
    """Visits without a need behind them: they cost clicks and sell nothing."""
    adults = np.flatnonzero(~people.is_minor)
    rate = np.where(adults < people.customers, 0.6, 0.8) * cfg.days / 30
    rate = np.where(people.brand[adults] >= 0, rate + cfg.days / 20, rate)
    person = np.repeat(adults, rng.poisson(rate))
    at = visit_clock(rng, cfg.start // DAY + rng.integers(0, cfg.days, person.size))
    topic = rng.integers(0, len(PRODUCTS), person.size)
    topic = np.where((people.brand[person] >= 0) & (rng.random(person.size) < 0.7), MOTO, topic)
    early = np.array([c.early for c in CHANNELS])
    early[SMS] = 0.0
    channel = rng.choice(len(CHANNELS), size=person.size, p=early / early.sum())
    return _make(
        BROWSE,
        person,
        at,
        topic=topic,
        channel=channel,
        campaign=campaign_of(cfg, channel, topic, at),
        extra=rng.integers(0, 4, person.size),
    )


def _bots(cfg: WorldConfig, rng: np.random.Generator) -> dict[str, Ints]:
    count = max(6, int(0.012 * cfg.people * cfg.days / 10))
    at = rng.integers(cfg.start, cfg.end - 600, count).astype(np.int64)
    return _make(
        BOT,
        np.full(count, -1, dtype=np.int64),
        at,
        topic=rng.integers(0, len(PRODUCTS), count),
        extra=rng.integers(3, 26, count),
        device=-1 - rng.integers(0, BOT_AGENTS, count),
    )


def _choose_devices(people: People, rng: np.random.Generator, table: dict[str, Ints]) -> Ints:
    """The device of each visit; robots keep their negative number."""
    person = np.maximum(table["person"], 0)
    draw = rng.random(person.size)
    second, tablet, app = people.second_device, people.tablet, people.app
    device = people.main_device[person]
    device = np.where((second[person] >= 0) & (draw < 0.42), second[person], device)
    device = np.where((tablet[person] >= 0) & (draw > 0.88), tablet[person], device)
    served = np.isin(table["kind"], (ACCOUNT, HELP))
    device = np.where(served & (app[person] >= 0) & (draw < 0.55), app[person], device)
    moto = np.isin(table["kind"], (QUOTE, BROWSE)) & (table["topic"] == MOTO)
    device = np.where(moto & (people.brand[person] >= 0), people.brand[person], device)
    return np.where(table["kind"] == BOT, table["device"], device)


def _keep_apart(sessions: Sessions) -> None:
    """Two visits on one device leave more than half an hour between them."""
    order = np.lexsort((sessions.at, sessions.device))
    device = sessions.device[order]
    same = (device[1:] == device[:-1]) & (device[1:] >= 0)
    for _ in range(200):
        at, seconds = sessions.at[order], sessions.seconds[order]
        late = same & (at[1:] < at[:-1] + seconds[:-1] + 1900)
        if not late.any():
            return
        at[1:] = np.where(late, at[:-1] + seconds[:-1] + 1900 + seconds[1:] % 977, at[1:])
        sessions.at[order] = at
    raise RuntimeError("visits on one device could not be kept apart")


def _flags(people: People, needs: Needs, rng: np.random.Generator, sessions: Sessions) -> None:
    """Log-ins, forms, clicks on the number, callback requests; the sale's own second."""
    count = len(sessions)
    person = np.maximum(sessions.person, 0)
    human = sessions.kind != BOT
    login = people.has_login[person] & human
    rate = np.array([0.35, 0.15, 0.55, 1.0, 0.0])[sessions.kind]
    sessions.login = login & (rng.random(count) < rate)
    device = np.maximum(sessions.device, 0)
    # A person with a login is recognised at their first visit on nearly every device of theirs.
    key = person * (len(people.devices) + 1) + device
    first = np.zeros(count, dtype=np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    sessions.login |= login & first & (rng.random(count) < 0.97)
    brand = (people.devices.kind[device] == BRAND) & human
    sessions.login &= ~brand
    sessions.form = human & (sessions.step >= 2)
    sessions.form &= rng.random(count) < np.where(sessions.step >= 3, 0.85, 0.5)
    sessions.form |= sessions.step == 4
    need = np.maximum(sessions.need, 0)
    calls = (sessions.need >= 0) & (sessions.col == needs.call_col[need])
    sessions.click_to_call = calls & (rng.random(count) < 0.45)
    quiet = (sessions.need >= 0) & ~calls & (needs.sale[need] == NOT_SOLD)
    sessions.callback = quiet & (sessions.step >= 1) & ~brand & (rng.random(count) < 0.04)
    sold = (sessions.need >= 0) & (sessions.col == needs.sale_col[need])
    sold &= np.isin(needs.sale[need], (SOLD_WEB, SOLD_PHONE))
    rows = np.flatnonzero(sold)
    needs.sale_at[needs.sale == SOLD_WEB] = -1
    needs.sale_at[needs.sale == SOLD_PHONE] = -1
    ends = sessions.at[rows] + sessions.seconds[rows]
    web = needs.sale[sessions.need[rows]] == SOLD_WEB
    needs.sale_at[sessions.need[rows[web]]] = ends[web]
