"""Contracts: those held before the world starts, and those that its needs led to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calls import Calls, sale_calls
from .config import DAY, PRODUCTS, Floats, Ints, WorldConfig
from .demand import SOLD_WEB, Needs
from .journeys import Sessions
from .people import People
from .writers import group_offsets

CLOSE_REASONS = ("", "retractation", "resiliation", "deces", "vente_du_bien")


@dataclass(frozen=True)
class Contracts:
    """One row per contract, sold ones last; `need`, `call`, `session` are -1 where none.

    `partner` is the co-holder or -1, `closed_at` -1 while the contract runs.
    """

    person: Ints
    partner: Ints
    product: Ints
    opened_at: Ints
    closed_at: Ints
    close_reason: Ints
    premium: Floats
    need: Ints
    call: Ints
    session: Ints
    initiated: Ints
    handled: Ints
    finalised: Ints

    def __len__(self) -> int:
        return int(self.person.size)


CONTRACT_CHANNELS = ("web", "phone", "branch")


def contract_id(contract: int) -> str:
    """The contract's id."""
    return f"K{contract + 1:08d}"


def customers_from(cfg: WorldConfig, people: People, needs: Needs) -> Ints:
    """Second from which each person is a customer; a time beyond the end for the others."""
    out = np.full(len(people), cfg.end + 1, dtype=np.int64)
    rows = np.flatnonzero(needs.sale_at >= 0)
    np.minimum.at(out, needs.person[rows], needs.sale_at[rows])
    out[: people.customers] = people.since[: people.customers]
    return out


def build_contracts(
    cfg: WorldConfig, people: People, needs: Needs, sessions: Sessions, calls: Calls
) -> Contracts:
    """Old contracts by chance, new ones from the sales of the world."""
    rng = cfg.rng(12)
    held = np.repeat(np.arange(people.customers), 1 + rng.poisson(0.7, people.customers))
    weights = np.array([p.demand for p in PRODUCTS])
    product = rng.choice(len(PRODUCTS), size=held.size, p=weights / weights.sum())
    # One contract of a product a person is enough.
    _, keep = np.unique(held * 16 + product, return_index=True)
    held, product = held[keep], product[keep]
    opened = people.since[held] + (
        rng.random(held.size) * (cfg.start - DAY - people.since[held])
    ).astype(np.int64)
    leaves = rng.random(held.size) < 0.012 * cfg.days / 30
    left_at = cfg.start + (rng.random(held.size) * (cfg.end - cfg.start)).astype(np.int64)
    sold = np.flatnonzero(needs.sale_at >= 0)
    visit = np.full(len(needs), -1, dtype=np.int64)
    rows = np.flatnonzero((sessions.need >= 0) & (sessions.col == needs.sale_col[sessions.need]))
    visit[sessions.need[rows]] = rows
    call = np.full(len(needs), -1, dtype=np.int64)
    rows = np.flatnonzero(sale_calls(needs, calls))
    call[calls.need[rows]] = rows
    spoke = np.zeros(len(needs), dtype=np.bool_)
    rows = np.flatnonzero((calls.need >= 0) & calls.is_answered)
    rows = rows[calls.at[rows] < needs.sale_at[calls.need[rows]]]
    spoke[calls.need[rows]] = True

    regrets = rng.random(sold.size) < 0.03
    regret_at = needs.sale_at[sold] + rng.integers(DAY, 13 * DAY, sold.size)
    regrets &= regret_at < cfg.end
    by_web = needs.sale[sold] == SOLD_WEB
    count = held.size
    partner = _partners(people, rng, np.concatenate([held, needs.person[sold]]))
    base = np.array([p.premium for p in PRODUCTS])[product]
    none = np.full(count, -1)
    offline = needs.offline[sold]
    branch = (rng.random(count) < 0.6) * 2
    return Contracts(
        person=np.concatenate([held, needs.person[sold]]),
        partner=partner,
        product=np.concatenate([product, needs.product[sold]]),
        opened_at=np.concatenate([opened, needs.sale_at[sold]]),
        closed_at=np.concatenate([np.where(leaves, left_at, -1), np.where(regrets, regret_at, -1)]),
        close_reason=np.concatenate(
            [np.where(leaves, 2 + left_at % 3, 0), regrets.astype(np.int64)]
        ),
        premium=np.round(
            np.concatenate([base * np.exp(rng.normal(0, 0.3, count)), needs.premium[sold]]), 2
        ),
        need=np.concatenate([none, sold]),
        call=np.concatenate([none, call[sold]]),
        session=np.concatenate([none, np.where(offline, -1, visit[sold])]),
        initiated=np.concatenate([branch, np.where(offline, 1, 0)]),
        handled=np.concatenate([branch, np.where(by_web & ~spoke[sold], 0, 1)]),
        finalised=np.concatenate([branch, np.where(by_web, 0, 1)]),
    )


def _partners(people: People, rng: np.random.Generator, person: Ints) -> Ints:
    """For one contract in eight, another adult customer of the household."""
    order, offsets = group_offsets(people.household, people.households)
    home = people.household[person]
    size = offsets[home + 1] - offsets[home]
    other = order[offsets[home] + (rng.random(person.size) * size).astype(np.int64)]
    good = (rng.random(person.size) < 0.3) & (other != person) & (other < people.customers)
    good &= ~people.is_minor[other] & ~people.is_company[other] & ~people.is_company[person]
    return np.where(good, other, -1)
