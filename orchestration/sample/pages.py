"""Pages of the sites and the events of a day's visits, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import HELP_SLUGS, ORGANIC, PRODUCTS, Ints, WorldConfig
from .journeys import ACCOUNT, BOT, HELP, QUOTE, Sessions, page_count

VIEW, PING, QUOTE_STEP, QUOTE_COMPLETED, CLICK_TO_CALL, CALLBACK, READ = range(7)
EVENT_NAMES: tuple[str, ...] = (
    "page_view",
    "page_ping",
    "quote_step",
    "quote_completed",
    "click_to_call",
    "callback_request",
    "event",
)
HEARTBEAT = 30


@dataclass(frozen=True)
class Page:
    """A page: `product` and `step` are -1 and 0 where they mean nothing."""

    path: str
    title: str
    product: int = -1
    step: int = 0


def _pages() -> tuple[list[Page], dict[str, int]]:
    pages = [
        Page("/", "Accueil"),
        Page("/espace-client/connexion", "Connexion"),
        Page("/espace-client/contrats", "Mes contrats"),
        Page("/espace-client/documents", "Mes documents"),
        Page("/aide", "Aide et contact"),
        Page("/agences", "Trouver une agence"),
        Page("/faq", "Questions fréquentes"),
    ]
    pages += [Page(f"/aide/{s}", s.replace("-", " ").capitalize()) for s in HELP_SLUGS]
    for number, product in enumerate(PRODUCTS):
        slug, name = product.slug, product.name
        root = "assurance" if product.is_insurance else "banque"
        pages.append(Page(f"/{root}/{slug}", name, number))
        pages.append(Page(f"/conseils/{slug}", f"Bien choisir : {name}", number))
        pages.append(Page(f"/tarifs/{slug}", f"Tarifs {name}", number))
        pages.append(Page(f"/avis/{slug}", f"Avis des clients : {name}", number))
        for step in (1, 2, 3):
            title = f"Devis {name}, étape {step}/3"
            pages.append(Page(f"/devis/{slug}/etape-{step}", title, number, step))
        pages.append(Page(f"/devis/{slug}/merci", f"Devis {name} : merci", number, 4))
    return pages, {page.path: i for i, page in enumerate(pages)}


PAGES, PAGE_INDEX = _pages()
PAGE_STEP = np.array([page.step for page in PAGES])
ADVICE = np.array([page.path.startswith("/conseils/") for page in PAGES])


def layout(kind: int, topic: int, step: int, extra: int, home: bool, bounce: bool) -> list[int]:
    """The pages of one visit in order."""
    index = PAGE_INDEX
    if kind == HELP:
        path = ["/aide", f"/aide/{HELP_SLUGS[topic]}"] if home else [f"/aide/{HELP_SLUGS[topic]}"]
        more = ["/faq", f"/aide/{HELP_SLUGS[topic]}"]
    elif kind == ACCOUNT:
        path = ["/espace-client/connexion"]
        if home:
            path.append("/espace-client/contrats")
        more = ["/espace-client/documents", "/espace-client/contrats", "/agences"]
    else:
        slug = PRODUCTS[topic].slug
        root = "assurance" if PRODUCTS[topic].is_insurance else "banque"
        path = ["/", f"/{root}/{slug}"] if home else [f"/{root}/{slug}"]
        more = [f"/conseils/{slug}", f"/tarifs/{slug}", f"/avis/{slug}", f"/{root}/{slug}"]
    path += [more[i % len(more)] for i in range(extra)]
    if kind == QUOTE:
        path += [f"/devis/{slug}/etape-{i}" for i in range(1, min(step, 3) + 1)]
        if step == 4:
            path.append(f"/devis/{slug}/merci")
    if bounce:
        path = path[:1]
    return [index[p] for p in path]


@dataclass(frozen=True)
class DayEvents:
    """Events of the visits that start on one day, in order of time.

    `session` is the row in the day's sessions, `ms` epoch milliseconds, `ordinal` the page's
    place in its visit, `referrer` the page before it (-1: the visit's entry).
    """

    session: Ints
    ms: Ints
    code: Ints
    page: Ints
    ordinal: Ints
    referrer: Ints


def _page_table(sessions: Sessions, counts: Ints) -> Ints:
    """Pages of all visits, one after the other; layouts are made once for each sort of visit."""
    home = (sessions.channel <= ORGANIC).astype(np.int64)
    step = np.where(sessions.kind == QUOTE, sessions.step, 0)
    key = sessions.kind
    for part, size in (
        (sessions.topic, 16),
        (step, 8),
        (sessions.extra, 32),
        (home, 2),
        (sessions.bounce, 2),
    ):
        key = key * size + part
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    sorts = [
        layout(
            int(sessions.kind[i]),
            int(sessions.topic[i]),
            int(step[i]),
            int(sessions.extra[i]),
            bool(home[i]),
            bool(sessions.bounce[i]),
        )
        for i in first
    ]
    lengths = np.array([len(s) for s in sorts], dtype=np.int64)
    if not np.array_equal(lengths[inverse], counts):
        raise AssertionError("page_count and layout disagree")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    flat = np.array([page for s in sorts for page in s], dtype=np.int64)
    offset = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return flat[np.repeat(starts[inverse], counts) + offset]


def build_events(cfg: WorldConfig, sessions: Sessions, day: int) -> DayEvents:
    """Events of a day's visits: views, heartbeats, quote steps, clicks on the number."""
    rng = cfg.rng(6, day)
    counts = page_count(sessions)
    page = _page_table(sessions, counts)
    total = page.size
    row = np.repeat(np.arange(len(sessions)), counts)
    begin = np.cumsum(counts) - counts
    weight = rng.exponential(1.0, total) + 0.25
    sums = np.add.reduceat(weight, begin) if total else weight
    dwell = weight / np.repeat(sums, counts) * np.repeat(sessions.seconds - 0.5, counts) * 1000
    ends = np.cumsum(dwell)
    base = np.repeat(ends[begin] - dwell[begin], counts)
    at = (np.repeat(sessions.at, counts) * 1000 + ends - dwell - base).astype(np.int64)
    ordinal = np.arange(total) - np.repeat(begin, counts)
    referrer = np.where(ordinal > 0, np.roll(page, 1), -1)
    human = sessions.kind[row] != BOT

    def pick(rows: Ints, delay: Ints, code: int) -> list[Ints]:
        return [
            row[rows],
            at[rows] + delay,
            np.full(rows.size, code, dtype=np.int64),
            page[rows],
            ordinal[rows],
            referrer[rows],
        ]

    everything = np.arange(total)
    blocks = [pick(everything, np.zeros(total, dtype=np.int64), VIEW)]
    pings = np.where(human, np.minimum(dwell // (HEARTBEAT * 1000), 3), 0).astype(np.int64)
    for beat in (1, 2, 3):
        rows = np.flatnonzero(pings >= beat)
        blocks.append(pick(rows, np.full(rows.size, beat * HEARTBEAT * 1000), PING))
    half = np.minimum(dwell * 0.5, 2500).astype(np.int64)
    stepping = human & (sessions.kind[row] == QUOTE)
    rows = np.flatnonzero(stepping & (PAGE_STEP[page] > 0) & (PAGE_STEP[page] < 4))
    blocks.append(pick(rows, half[rows], QUOTE_STEP))
    rows = np.flatnonzero(stepping & (PAGE_STEP[page] == 4))
    blocks.append(pick(rows, half[rows], QUOTE_COMPLETED))
    rows = np.flatnonzero(human & ADVICE[page] & (rng.random(total) < 0.3))
    blocks.append(pick(rows, half[rows] + 700, READ))
    last = begin + counts - 1
    for flag, code in ((sessions.click_to_call, CLICK_TO_CALL), (sessions.callback, CALLBACK)):
        rows = last[flag]
        blocks.append(pick(rows, (dwell[rows] * 0.95).astype(np.int64), code))
    columns = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    order = np.lexsort((columns[2], columns[0], columns[1]))
    return DayEvents(*(column[order] for column in columns))
