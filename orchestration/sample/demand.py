"""Why people buy: needs, the touches that feed them, the sale, and what each cause is worth.

A need carries a threshold E, exponential with mean 1. Hazards add up: the need itself, the
circle that already bought, each marketing touch by its channel's true effect, an adviser on the
phone, an outbound call after an abandoned quote. The sale happens at the first moment at which
the sum reaches E. As E is known, what would have happened without a cause is known too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .campaigns import campaign_index, campaign_of
from .config import (
    ADVISER_EFFECT,
    CHANNELS,
    CIRCLE_EFFECT,
    DAY,
    DISPLAY,
    EMAIL,
    HOUR,
    MAX_TOUCHES,
    MOTO,
    OUTBOUND_EFFECT,
    OUTBOUND_STEP_EFFECT,
    PAID_SEARCH,
    PAID_SOCIAL,
    PEAK_FACTOR,
    PRODUCTS,
    SMS,
    Bools,
    Floats,
    Ints,
    WorldConfig,
    paris_offset,
)
from .people import PURPOSES, People
from .writers import group_offsets

NOT_SOLD, SOLD_WEB, SOLD_PHONE, SOLD_OUTBOUND = range(4)
# Share of the day's visits that start in each local hour.
HOUR_WEIGHTS = np.array(
    [6, 3, 2, 1, 1, 2, 8, 18, 34, 48, 56, 54, 58, 50, 46, 48, 52, 60, 68, 74, 78, 66, 42, 18],
    dtype=np.float64,
)


@dataclass
class Needs:
    """One row per need; two-dimensional arrays have a column per planned touch.

    `furthest` is the quote step reached in each touch's session (0: none), `sale_col` the touch
    at which the sale falls, `call_col` the touch followed by the person's own call (-1: none),
    `abandon_col` the touch at which a quote was first left, `outbound_at` when it was called.
    """

    person: Ints
    product: Ints
    start: Ints
    parent: Ints
    threshold: Floats
    base: Floats
    circle: Floats
    offline: Bools
    touch_at: Ints
    channel: Ints
    campaign: Ints
    hazard: Floats
    furthest: Ints
    call_col: Ints
    abandon_col: Ints
    outbound_at: Ints
    outbound_hazard: Floats
    sale: Ints
    sale_col: Ints
    sale_at: Ints
    premium: Floats

    def __len__(self) -> int:
        return int(self.person.size)


def visit_clock(rng: np.random.Generator, days: Ints) -> Ints:
    """Epoch seconds of one visit on each UTC day, by the local rhythm of the day."""
    hour = rng.choice(24, size=days.size, p=HOUR_WEIGHTS / HOUR_WEIGHTS.sum())
    second = hour * HOUR + rng.integers(0, HOUR, days.size)
    at = days * DAY + second
    at -= paris_offset(at)
    # Local night hours that belong to the UTC day before go to the end of this one.
    return np.where(at < days * DAY, at + DAY, at)


def build_needs(cfg: WorldConfig, people: People) -> Needs:
    """Needs of their own first, then those that a sale stirs in the buyer's circles."""
    rng = cfg.rng(3)
    able = np.flatnonzero(~people.is_minor)
    person = able[rng.random(able.size) < 1.0 - np.exp(-0.42 * cfg.days / 30)]
    days = cfg.start // DAY + _need_days(cfg, rng, person.size)
    start = visit_clock(rng, days)
    weights = np.array([p.demand for p in PRODUCTS])
    product = rng.choice(len(PRODUCTS), size=person.size, p=weights / weights.sum())
    first = _plan(cfg, people, rng, person, product, start, np.full(person.size, -1), 0.0)
    follow = _circle_needs(cfg, people, rng, first)
    second = _plan(cfg, people, rng, *follow, CIRCLE_EFFECT)
    return _join(first, second)


def _need_days(cfg: WorldConfig, rng: np.random.Generator, size: int) -> Ints:
    weights = np.ones(cfg.days)
    first, last = cfg.peak
    weights[(first - cfg.start) // DAY : (last - cfg.start) // DAY] = 1.6
    return rng.choice(cfg.days, size=size, p=weights / weights.sum())


def _circle_needs(
    cfg: WorldConfig, people: People, rng: np.random.Generator, first: Needs
) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, product, start and parent of the needs that sales stir in a circle."""
    sold = np.flatnonzero((first.sale != NOT_SOLD) & (first.sale_at < cfg.end))
    sold = sold[rng.random(sold.size) < 0.35]
    use_friends = (people.friends[first.person[sold]] >= 0) & (rng.random(sold.size) < 0.5)
    peers = np.full(sold.size, -1, dtype=np.int64)
    for circle, mask in ((people.friends, use_friends), (people.family, ~use_friends)):
        top = int(circle.max()) + 1
        order, offsets = group_offsets(np.where(circle < 0, top, circle), top)
        group = circle[first.person[sold[mask]]]
        size = offsets[group + 1] - offsets[group]
        peers[mask] = order[offsets[group] + (rng.random(group.size) * size).astype(np.int64)]
    good = (peers != first.person[sold]) & ~people.is_minor[peers]
    sold, peers = sold[good], peers[good]
    start = first.sale_at[sold] + (rng.exponential(3.0 * DAY, sold.size)).astype(np.int64) + HOUR
    keep = start < cfg.end
    sold = sold[keep]
    return peers[keep], first.product[sold], start[keep], sold


def _draw_channels(
    cfg: WorldConfig, people: People, rng: np.random.Generator, person: Ints, touch_at: Ints
) -> Ints:
    """Channel of each planned touch; the peak pushes display and social advertising."""
    count = touch_at.shape[0]
    early = np.array([c.early for c in CHANNELS])
    late = np.array([c.late for c in CHANNELS])
    out = np.empty(touch_at.shape, dtype=np.int64)
    customer = person < people.customers
    mails = customer & people.purposes[person, PURPOSES.index("email_prospecting")]
    texts = customer & people.purposes[person, PURPOSES.index("sms_prospecting")]
    low, high = cfg.peak
    for col in range(touch_at.shape[1]):
        mix = col / (MAX_TOUCHES - 1)
        weights = np.tile((1 - mix) * early + mix * late, (count, 1))
        in_peak = (touch_at[:, col] >= low) & (touch_at[:, col] < high)
        weights[:, [DISPLAY, PAID_SOCIAL]] *= np.where(in_peak, PEAK_FACTOR, 1.0)[:, None]
        weights[~mails, EMAIL] = 0.0
        weights[~texts, SMS] = 0.0
        bounds = np.cumsum(weights, axis=1)
        draw = rng.random(count) * bounds[:, -1]
        out[:, col] = (draw[:, None] >= bounds).sum(axis=1)
    return out


def _plan(
    cfg: WorldConfig,
    people: People,
    rng: np.random.Generator,
    person: Ints,
    product: Ints,
    start: Ints,
    parent: Ints,
    circle: float,
) -> Needs:
    """Plan every touch of a need, also those that a sale will make needless; then resolve."""
    count, width = person.size, MAX_TOUCHES
    gaps = rng.exponential(1.7 * DAY, (count, width)).astype(np.int64) + 1800
    gaps[:, 0] = 0
    touch_at = start[:, None] + np.cumsum(gaps, axis=1)
    # Later touches keep to the rhythm of the day too.
    days = touch_at[:, 1:] // DAY
    moved = visit_clock(rng, days.ravel()).reshape(days.shape)
    touch_at[:, 1:] = np.maximum(moved, touch_at[:, :1] + 2 * HOUR)
    touch_at.sort(axis=1)
    touch_at += np.arange(width) * 2 * HOUR
    touches = np.minimum(1 + rng.poisson(2.3, count), width)
    real = np.arange(width)[None, :] < touches[:, None]

    channel = _draw_channels(cfg, people, rng, person, touch_at)
    campaign = campaign_of(cfg, channel, product[:, None], touch_at)
    effect = np.array([c.effect for c in CHANNELS])[channel]
    brand = (channel == PAID_SEARCH) & (campaign == campaign_index("marque"))
    effect = np.where(brand, 0.02, effect)
    offline = rng.random(count) < 0.12
    hazard = np.where(real & ~offline[:, None], effect * people.response[person][:, None], 0.0)
    base = 0.07 * np.sqrt(people.value[person]) * np.exp(rng.normal(0.0, 0.5, count))
    threshold = rng.exponential(1.0, count)

    furthest = rng.choice(4, size=(count, width), p=[0.30, 0.26, 0.26, 0.18])
    furthest = np.where(real & ~offline[:, None], furthest, 0)
    lift = np.array([p.phone_lift for p in PRODUCTS])[product]
    calls = offline | (rng.random(count) < np.clip(people.phone_taste[person] + lift, 0.02, 0.95))
    call_col = np.where(calls, (rng.random(count) * touches).astype(np.int64), -1)
    call_col[offline] = 0
    # Moto quotes are on the brand site, without numbers on loan: people buy there or write.
    call_col[(product == MOTO) & ~offline] = -1

    left = np.where(furthest >= 1, np.arange(width), width).min(axis=1)
    abandon_col = np.where(left < width, left, -1)
    step = np.where(abandon_col >= 0, furthest[np.arange(count), abandon_col], 0)
    outbound_hazard = OUTBOUND_EFFECT + OUTBOUND_STEP_EFFECT * step * np.sqrt(
        people.value[person]
    ).clip(0.5, 2)
    outbound_at = _outbound_times(cfg, people, rng, person, touch_at, abandon_col, step, call_col)
    premium = np.array([p.premium for p in PRODUCTS])[product] * np.exp(rng.normal(0.0, 0.3, count))
    needs = Needs(
        person=person,
        product=product,
        start=start,
        parent=parent,
        threshold=threshold,
        base=base,
        circle=np.full(count, circle),
        offline=offline,
        touch_at=np.where(real, touch_at, -1),
        channel=channel,
        campaign=campaign,
        hazard=hazard,
        furthest=furthest,
        call_col=call_col,
        abandon_col=abandon_col,
        outbound_at=outbound_at,
        outbound_hazard=outbound_hazard,
        sale=np.zeros(count, dtype=np.int64),
        sale_col=np.full(count, -1),
        sale_at=np.full(count, -1),
        premium=np.round(premium, 2),
    )
    _resolve(needs)
    return needs


def _outbound_times(
    cfg: WorldConfig,
    people: People,
    rng: np.random.Generator,
    person: Ints,
    touch_at: Ints,
    abandon_col: Ints,
    step: Ints,
    call_col: Ints,
) -> Ints:
    """When the outbound team called after the abandonment: on the same or next calling day.

    Only people who granted phone canvassing, who hadn't planned to call themselves, and one in
    two of those by the toss of a coin; prospects must have got to the form. -1 for the others.
    """
    count = person.size
    reachable = step >= np.where(person < people.customers, 1, 2)
    allowed = people.purposes[person, 0] & reachable
    chosen = allowed & (call_col < 0) & (rng.random(count) < 0.5)
    left_at = touch_at[np.arange(count), np.maximum(abandon_col, 0)]
    at = calling_time(left_at + 1800 + rng.integers(0, 20 * HOUR, count), rng)
    return np.where(chosen & (at < cfg.end), at, -1)


def calling_time(at: Ints, rng: np.random.Generator) -> Ints:
    """Move times to a lawful calling hour: Monday to Friday, 10-13 and 14-20, no holiday."""
    at = at.copy()
    for _ in range(6):
        local = at + paris_offset(at)
        weekday, second = (local // DAY + 3) % 7, local % DAY
        month_day = _month_day(local // DAY)
        closed = (weekday >= 5) | (second >= 20 * HOUR) | np.isin(month_day, _HOLIDAYS)
        next_day = (local // DAY + 1) * DAY + 10 * HOUR + rng.integers(0, 2 * HOUR, at.size)
        local = np.where(closed, next_day, local)
        early = ~closed & (second < 10 * HOUR)
        local = np.where(
            early, local // DAY * DAY + 10 * HOUR + rng.integers(0, HOUR, at.size), local
        )
        noon = ~closed & (second >= 13 * HOUR) & (second < 14 * HOUR)
        local = np.where(noon, local + HOUR, local)
        at = local - paris_offset(local - HOUR)
    return at


_HOLIDAYS = (101, 501, 508, 714, 815, 1101, 1111, 1225)


def _month_day(days: Ints) -> Ints:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number = months.astype(np.int64) % 12 + 1
    days_in: Ints = (dates - months.astype("datetime64[D]")).astype(np.int64)
    return number * 100 + days_in + 1


def _resolve(needs: Needs) -> None:
    """Find the moment of each sale, and drop what comes after it."""
    count, width = needs.hazard.shape
    cols = np.arange(width)[None, :]
    steps = needs.hazard.copy()
    steps[:, 0] += needs.base + needs.circle
    called = needs.call_col[:, None] == cols
    steps += np.where(called, ADVISER_EFFECT, 0.0)
    total = np.cumsum(steps, axis=1)
    outbound = needs.outbound_at >= 0
    # The outbound call stands between the last touch before it and the next one.
    before = (needs.touch_at < needs.outbound_at[:, None]) & (needs.touch_at >= 0)
    last = np.where(outbound, before.sum(axis=1) - 1, width)
    gain = np.where(outbound, needs.outbound_hazard, 0.0)
    total += np.where(cols > last[:, None], gain[:, None], 0.0)
    valid = needs.touch_at >= 0
    reached = (total >= needs.threshold[:, None]) & valid
    col = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    rows = np.arange(count)
    by_call = (col >= 0) & (col == needs.call_col)
    sale = np.where(col >= 0, np.where(by_call, SOLD_PHONE, SOLD_WEB), NOT_SOLD)
    at_last = total[rows, np.minimum(last, width - 1)]
    gained = outbound & (at_last < needs.threshold) & (at_last + gain >= needs.threshold)
    sale = np.where(gained, SOLD_OUTBOUND, sale)
    col = np.where(gained, last, col)
    needs.sale = sale
    needs.sale_col = col
    # The exact second is set when the session or call is laid out; this is its touch.
    touch = needs.touch_at[rows, np.maximum(col, 0)]
    needs.sale_at = np.where(
        sale == NOT_SOLD, -1, np.where(sale == SOLD_OUTBOUND, needs.outbound_at + 600, touch + 1200)
    )
    stop = np.where(sale == NOT_SOLD, width, col)
    needs.outbound_at = np.where(
        (sale != NOT_SOLD) & (sale != SOLD_OUTBOUND) & (stop <= last), -1, needs.outbound_at
    )
    at_sale = (cols == stop[:, None]) & (sale == SOLD_WEB)[:, None]
    needs.furthest = np.where(at_sale, 4, needs.furthest)
    phone = (cols == stop[:, None]) & (sale == SOLD_PHONE)[:, None] & ~needs.offline[:, None]
    needs.furthest = np.where(phone, np.maximum(needs.furthest, 1), needs.furthest)


def _join(first: Needs, second: Needs) -> Needs:
    return Needs(
        **{
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in Needs.__dataclass_fields__
        }
    )
