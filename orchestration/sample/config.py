"""Constants and settings of the sample world: products, channels, clocks, sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DEFAULT_ENDS_AT = datetime(2026, 10, 31, 22, 0, 0, tzinfo=UTC)
DAY = 86_400
HOUR = 3_600

SITE_HOST = "www.passerelle-assurances.example.com"
BRAND_HOST = "www.moto-passion.example.com"


@dataclass(frozen=True)
class Product:
    """A product: `demand` is its share of needs, premium and margin are EUR a year."""

    product_id: str
    name: str
    family: str
    is_insurance: bool
    slug: str
    demand: float
    premium: float
    margin_rate: float
    phone_lift: float


PRODUCTS: tuple[Product, ...] = (
    Product("P-AUTO", "Assurance auto", "iard", True, "auto", 0.30, 620.0, 0.18, 0.10),
    Product("P-HAB", "Assurance habitation", "iard", True, "habitation", 0.22, 260.0, 0.24, 0.0),
    Product("P-SANTE", "Complémentaire santé", "sante", True, "sante", 0.14, 980.0, 0.15, 0.15),
    Product("P-MOTO", "Assurance moto", "iard", True, "moto", 0.08, 410.0, 0.20, 0.0),
    Product("P-CONSO", "Crédit conso", "credit", False, "credit", 0.12, 340.0, 0.35, 0.05),
    Product("P-COMPTE", "Compte courant", "banque", False, "compte", 0.08, 90.0, 0.40, -0.20),
    Product("P-PREV", "Prévoyance", "prevoyance", True, "prevoyance", 0.06, 300.0, 0.30, 0.20),
)
MOTO = 3


@dataclass(frozen=True)
class Channel:
    """A marketing channel with its true size: `effect` is the hazard one touch adds to a need.

    `early` and `late` weigh how often a need's first and later touches come through it.
    """

    name: str
    effect: float
    early: float
    late: float
    medium: str = ""
    source: str = ""
    referrer: str = ""
    click: str = ""
    cpm: float = 0.0
    cost_per_click: float = 0.0


CHANNELS: tuple[Channel, ...] = (
    Channel("Direct", 0.0, 0.08, 0.28),
    Channel("Organic Search", 0.11, 0.20, 0.14, referrer="https://www.google.com/"),
    Channel(
        "Paid Search",
        0.19,
        0.20,
        0.18,
        "cpc",
        "google",
        "https://www.google.com/",
        "gclid",
        cost_per_click=2.4,
    ),
    Channel(
        "Paid Social",
        0.09,
        0.14,
        0.08,
        "paid_social",
        "facebook",
        "https://l.facebook.com/",
        "fbclid",
        cpm=7.0,
        cost_per_click=0.9,
    ),
    Channel(
        "Display",
        0.05,
        0.14,
        0.06,
        "display",
        "reseau-display",
        "https://news.example.net/",
        cpm=2.5,
        cost_per_click=0.7,
    ),
    Channel("Email", 0.15, 0.10, 0.22, "email", "newsletter", cost_per_click=0.05),
    Channel(
        "Affiliates",
        0.21,
        0.10,
        0.07,
        "affiliate",
        "comparateur",
        "https://comparateur.example.net/",
        cost_per_click=3.1,
    ),
    Channel("Referral", 0.08, 0.05, 0.03, referrer="https://blog-finances.example.org/"),
    Channel("Organic Social", 0.05, 0.05, 0.02, referrer="https://www.facebook.com/"),
    Channel("SMS", 0.08, 0.01, 0.06, "sms", "sms", cost_per_click=0.09),
)
DIRECT, ORGANIC, PAID_SEARCH, PAID_SOCIAL, DISPLAY, EMAIL, AFFILIATES, REFERRAL, SOCIAL, SMS = (
    range(10)
)
# Causes that are no marketing channel stand in brackets in the truth files.
CAUSE_NEED, CAUSE_CIRCLE, CAUSE_ADVISER, CAUSE_OUTBOUND = (
    "(need)",
    "(circle)",
    "(adviser)",
    "(outbound call)",
)
ADVISER_EFFECT = 0.25
OUTBOUND_EFFECT = 0.18
OUTBOUND_STEP_EFFECT = 0.10
CIRCLE_EFFECT = 0.15
PEAK_FACTOR = 2.2
MAX_TOUCHES = 7

REASONS: tuple[str, ...] = (
    "sinistre",
    "facture",
    "contrat",
    "mot_de_passe",
    "resiliation",
    "information",
    "devis",
    "assistance",
)
REASON_WEIGHTS = (0.24, 0.20, 0.20, 0.10, 0.08, 0.18, 0.0, 0.0)
DEVIS, ASSISTANCE = 6, 7
HELP_SLUGS: tuple[str, ...] = (
    "declarer-un-sinistre",
    "comprendre-ma-facture",
    "modifier-mon-contrat",
    "mot-de-passe-oublie",
    "resilier",
    "nous-contacter",
    "devis",
    "assistance",
)
QUEUES: tuple[str, ...] = (
    "sinistres",
    "service_client",
    "service_client",
    "service_client",
    "fidelisation",
    "service_client",
    "commercial",
    "assistance",
)
SKILLS: tuple[str, ...] = ("commercial", "service_client", "sinistres", "fidelisation")
# What the caller speaks of and asks for: seconds of talk on average, by reason.
TALK_MEANS = (420, 240, 260, 150, 330, 180, 480, 300)


@dataclass(frozen=True)
class WorldConfig:
    """What one world is made from. All times inside are UTC epoch seconds."""

    customers: int
    days: int
    seed: int
    ends_at: datetime
    people: int = field(init=False)
    start: int = field(init=False)
    end: int = field(init=False)

    def __post_init__(self) -> None:
        if self.customers < 20:
            raise ValueError("a sample world needs at least 20 customers")
        if self.customers > 1_200_000:
            raise ValueError("a sample world has at most 1,200,000 customers: phone numbers end")
        if self.days < 2:
            raise ValueError("a sample world needs at least 2 days")
        ends_at = self.ends_at
        if ends_at.tzinfo is None:
            ends_at = ends_at.replace(tzinfo=UTC)
        ends_at = ends_at.astimezone(UTC).replace(microsecond=0)
        midnight = ends_at.replace(hour=0, minute=0, second=0)
        object.__setattr__(self, "ends_at", ends_at)
        object.__setattr__(self, "people", 2 * self.customers)
        object.__setattr__(
            self, "start", int((midnight - timedelta(days=self.days - 1)).timestamp())
        )
        object.__setattr__(self, "end", int(ends_at.timestamp()))

    def rng(self, *salt: int) -> np.random.Generator:
        """A generator of its own for each part, so that parts don't disturb each other."""
        return np.random.default_rng([self.seed, *salt])

    @property
    def peak(self) -> tuple[int, int]:
        """Start and end of the promotional peak: five days in the middle of the world."""
        first = self.start + int(self.days * 0.37) * DAY
        return first, first + min(5, max(1, self.days // 6)) * DAY

    @property
    def scale(self) -> float:
        """Expected volume against the default month of 2,000 customers."""
        return self.customers / 2000


def paris_offset(at: Ints) -> Ints:
    """Seconds that Paris is ahead of UTC at each epoch second (EU rule since 1996)."""
    out = np.full(at.shape, HOUR, dtype=np.int64)
    if at.size == 0:
        return out
    first = datetime.fromtimestamp(int(at.min()), UTC).year
    last = datetime.fromtimestamp(int(at.max()), UTC).year
    for year in range(first, last + 1):
        summer, winter = dst_bounds(year)
        out[(at >= summer) & (at < winter)] = 2 * HOUR
    return out


@cache
def dst_bounds(year: int) -> tuple[int, int]:
    """Epoch seconds at which summer time starts and ends in a year: last Sundays, 01:00 UTC."""
    bounds = []
    for month in (3, 10):
        day = datetime(year, month, 31, 1, tzinfo=UTC)
        day -= timedelta(days=(day.weekday() + 1) % 7)
        bounds.append(int(day.timestamp()))
    return bounds[0], bounds[1]


def local_parts(at: Ints) -> tuple[Ints, Ints]:
    """Paris weekday (Monday 0) and second of the day."""
    local = at + paris_offset(at)
    return (local // DAY + 3) % 7, local % DAY
