"""Persons, households, circles, devices, phones and consents of the sample world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import DAY, Bools, Floats, Ints, WorldConfig

NEVER = 1 << 60
WEB, TABLET, APP, BRAND = range(4)
INTERESTS: tuple[str, ...] = (
    "cyclisme",
    "jardinage",
    "course_a_pied",
    "cuisine",
    "voitures_anciennes",
    "photographie",
    "voyages",
    "bricolage",
    "epargne",
    "moto",
    "jeux_de_societe",
    "randonnee",
)
PURPOSES: tuple[str, ...] = (
    "phone_canvassing",
    "email_prospecting",
    "sms_prospecting",
    "ad_personalisation",
    "conversation_analysis",
)
PURPOSE_SHARES = (0.55, 0.62, 0.40, 0.45, 0.70)


@dataclass(frozen=True)
class Devices:
    """One row per cookie jar: a browser, a shared tablet, an app, the brand site's browser.

    `owner` is -1 for a household's tablet. `reset_at` is when the jar was emptied, after which
    the visitor id is another one; `withdrawn_at` when navigation consent was taken back.
    """

    owner: Ints
    household: Ints
    kind: Ints
    agent: Ints
    skew: Ints
    reset_at: Ints
    granted: Bools
    withdrawn_at: Ints

    def __len__(self) -> int:
        return int(self.owner.size)


@dataclass(frozen=True)
class People:
    """All persons. The first `customers` are customers from the start, the rest may become so."""

    customers: int
    household: Ints
    households: int
    family: Ints
    friends: Ints
    interest: Ints
    female: Bools
    first_name: Ints
    last_name: Ints
    birth_day: Ints
    is_minor: Bools
    is_company: Bools
    segment: Ints
    value: Floats
    response: Floats
    phone_taste: Floats
    zone: Ints
    has_login: Bools
    email_login: Bools
    has_handle: Bools
    landline: Bools
    email_owner: Ints
    has_duplicate: Bools
    main_device: Ints
    second_device: Ints
    tablet: Ints
    app: Ints
    brand: Ints
    purposes: Bools
    since: Ints
    devices: Devices

    def __len__(self) -> int:
        return int(self.household.size)


def _groups(rng: np.random.Generator, members: Ints, low: int, high: int, total: int) -> Ints:
    """Group number of each person, -1 for those outside; sizes uniform in [low, high]."""
    out = np.full(total, -1, dtype=np.int64)
    members = rng.permutation(members)
    sizes = rng.integers(low, high + 1, size=max(1, members.size // low + 1))
    ids = np.repeat(np.arange(sizes.size), sizes)[: members.size]
    out[members] = ids
    return out


def build_people(cfg: WorldConfig) -> People:
    """Draw everybody.

    Households mix customers and prospects; relatives of 15 % of the households belong to the
    same family circle. Friends and interests are drawn among adults only.
    """
    rng = cfg.rng(1)
    n, customers = cfg.people, cfg.customers
    sizes = rng.choice([1, 2, 3, 4, 5], p=[0.36, 0.32, 0.15, 0.12, 0.05], size=n)
    ids = np.repeat(np.arange(n), sizes)[:n]
    households = int(ids[-1]) + 1
    household = np.empty(n, dtype=np.int64)
    household[rng.permutation(n)] = ids
    joined = rng.random(households) < 0.15
    joined[0] = False
    family_of = np.arange(households) - joined
    # A chain of joins would make one clan of many households: only pairs are kept.
    family_of = np.where(joined & np.roll(joined, 1), np.arange(households), family_of)
    family = family_of[household].astype(np.int64)

    is_company = np.zeros(n, dtype=np.bool_)
    is_company[:customers] = rng.random(customers) < 0.03
    is_minor = np.zeros(n, dtype=np.bool_)
    is_minor[:customers] = (rng.random(customers) < 0.03) & ~is_company[:customers]
    age = np.where(is_minor, rng.integers(4, 18, n), np.clip(rng.normal(47, 15, n), 19, 88))
    birth_day = (cfg.start // DAY - age * 365.25 - rng.integers(0, 365, n)).astype(np.int64)
    adults = np.flatnonzero(~is_minor & ~is_company)
    friends = _groups(rng, adults[rng.random(adults.size) < 0.6], 4, 9, n)
    interest = _groups(rng, adults[rng.random(adults.size) < 0.45], 14, 30, n)
    handle_rate = np.where(friends >= 0, 0.7, np.where(interest >= 0, 0.5, 0.1))
    has_handle = (rng.random(n) < handle_rate) & ~is_minor & ~is_company

    value = np.exp(rng.normal(0.0, 0.45, n))
    segment = np.digitize(value, [0.7, 1.2, 2.0])
    has_login = np.zeros(n, dtype=np.bool_)
    has_login[:customers] = (rng.random(customers) < 0.7) & ~is_minor[:customers]
    crowd = np.bincount(household, minlength=households)
    landline = (crowd > 1) & (rng.random(households) < 0.6)
    surname = rng.integers(0, 80, households)
    last_name = surname[household]
    own_name = rng.random(n) < 0.18
    last_name[own_name] = rng.integers(0, 80, int(own_name.sum()))

    email_owner = np.arange(n)
    order = np.argsort(household, kind="stable")
    pair = household[order[1:]] == household[order[:-1]]
    sharing = pair & (rng.random(n - 1) < 0.03)
    sharing &= ~np.concatenate([[False], sharing[:-1]])
    email_owner[order[1:][sharing]] = order[:-1][sharing]
    email_login = has_login & (rng.random(n) < 0.3) & (email_owner == np.arange(n))
    shared_box = np.unique(email_owner[email_owner != np.arange(n)])
    email_login[shared_box] = False

    duplicate = np.zeros(n, dtype=np.bool_)
    duplicate[:customers] = (rng.random(customers) < 0.03) & ~is_minor[:customers]
    devices, columns = _devices(cfg, household, households, has_login, is_minor)
    purposes = rng.random((n, len(PURPOSES))) < np.asarray(PURPOSE_SHARES)
    return People(
        customers=customers,
        household=household,
        households=households,
        family=family,
        friends=friends,
        interest=interest,
        female=rng.random(n) < 0.51,
        first_name=rng.integers(0, 30, n),
        last_name=last_name,
        birth_day=birth_day,
        is_minor=is_minor,
        is_company=is_company,
        segment=segment.astype(np.int64),
        value=value,
        response=np.exp(rng.normal(0.0, 0.3, n)),
        phone_taste=rng.beta(2.0, 2.6, n),
        zone=rng.choice(6, p=[0.9, 0.03, 0.02, 0.02, 0.015, 0.015], size=households)[household],
        has_login=has_login,
        email_login=email_login,
        has_handle=has_handle,
        landline=landline[household],
        email_owner=email_owner,
        has_duplicate=duplicate,
        purposes=purposes,
        since=cfg.start - rng.integers(20, 5000, n) * DAY,
        devices=devices,
        **columns,
    )


def _devices(
    cfg: WorldConfig, household: Ints, households: int, has_login: Bools, is_minor: Bools
) -> tuple[Devices, dict[str, Ints]]:
    """Cookie jars, and for each person the number of each of theirs (-1: none)."""
    rng = cfg.rng(2)
    n = household.size
    has_main = ~is_minor
    has_second = has_main & (rng.random(n) < np.where(has_login, 0.45, 0.03))
    has_app = has_login & (rng.random(n) < 0.5)
    has_brand = has_main & (rng.random(n) < 0.06)
    crowd = np.bincount(household, minlength=households)
    has_tablet = (crowd > 1) & (rng.random(households) < 0.25)

    owners: list[Ints] = []
    kinds: list[Ints] = []
    columns: dict[str, Ints] = {}
    count = 0
    for name, flags, sort in (
        ("main_device", has_main, WEB),
        ("second_device", has_second, WEB),
        ("app", has_app, APP),
        ("brand", has_brand, BRAND),
    ):
        who = np.flatnonzero(flags)
        column = np.full(n, -1, dtype=np.int64)
        column[who] = count + np.arange(who.size)
        columns[name] = column
        owners.append(who)
        kinds.append(np.full(who.size, sort, dtype=np.int64))
        count += who.size
    homes = np.flatnonzero(has_tablet)
    tablet_of = np.full(households, -1, dtype=np.int64)
    tablet_of[homes] = count + np.arange(homes.size)
    columns["tablet"] = np.where(is_minor, -1, tablet_of[household])
    owners.append(np.full(homes.size, -1, dtype=np.int64))
    kinds.append(np.full(homes.size, TABLET, dtype=np.int64))

    owner = np.concatenate(owners)
    kind = np.concatenate(kinds)
    total = owner.size
    home = np.concatenate([household[owner[: total - homes.size]], homes])
    # One decision for a person in most cases, though some jars of theirs differ.
    mind = rng.random(n) < 0.72
    granted = np.where(owner >= 0, mind[owner], rng.random(total) < 0.7)
    granted ^= rng.random(total) < 0.04
    span = cfg.end - cfg.start
    withdrawn = granted & (rng.random(total) < 0.025)
    reset = (kind == WEB) & (rng.random(total) < 0.02)
    when = cfg.start + (rng.random(total) * span).astype(np.int64)
    later = cfg.start + (rng.random(total) * span).astype(np.int64)
    skewed = rng.random(total) < 0.012
    skew = np.where(skewed, rng.choice([3600, 7200, 86_400, 31_536_000], total), 0)
    agent = np.where(kind == TABLET, 8 + rng.integers(0, 2, total), rng.integers(0, 8, total))
    devices = Devices(
        owner=owner,
        household=home,
        kind=kind,
        agent=np.where(kind == APP, 10 + rng.integers(0, 2, total), agent),
        skew=skew.astype(np.int64),
        reset_at=np.where(reset, when, NEVER),
        granted=granted,
        withdrawn_at=np.where(withdrawn, later, NEVER),
    )
    return devices, columns


def declares_handle(people: People, person: int) -> bool:
    """Whether a customer told the bank under which name they post: three in five."""
    return bool(people.has_handle[person]) and person % 5 < 3
