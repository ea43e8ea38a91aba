"""Identifiers of the sample world: spelt from numbers, so that nothing has to be kept.

Phone numbers come from the ranges that the French regulator keeps for fiction; larger worlds
extend them within the same leading digits. Addresses are at example.org, .com and .net.
"""

from __future__ import annotations

from .config import WorldConfig
from .people import People

FIRST_FEMALE: tuple[str, ...] = (
    "Maëline",
    "Éloïse",
    "Solène",
    "Inès",
    "Capucine",
    "Anaëlle",
    "Hortense",
    "Noémie",
    "Clémence",
    "Oriane",
    "Léonie",
    "Maïwenn",
    "Céleste",
    "Judith",
    "Apolline",
    "Gaëlle",
    "Zélie",
    "Béatrice",
    "Yaëlle",
    "Victoire",
    "Romane",
    "Sidonie",
    "Thaïs",
    "Élodie",
    "Manon",
    "Agathe",
    "Lucile",
    "Fanny",
    "Jeanne",
    "Adèle",
)
FIRST_MALE: tuple[str, ...] = (
    "Anatole",
    "Maël",
    "Côme",
    "Gaëtan",
    "Loïc",
    "Émile",
    "Gaspard",
    "Théo",
    "Achille",
    "Basile",
    "Corentin",
    "Félix",
    "Hervé",
    "Isidore",
    "Joachim",
    "Léandre",
    "Marius",
    "Noël",
    "Octave",
    "Placide",
    "Quentin",
    "Rémi",
    "Sylvain",
    "Timothée",
    "Ulysse",
    "Valère",
    "Wilfrid",
    "Xavier",
    "Yvon",
    "Zéphyr",
)
_HEADS = ["Bel", "Cler", "Dau", "Four", "Gri", "Lam", "Mar", "Roch", "Val", "Vern"]
_TAILS = ["andier", "ettaz", "issou", "oncel", "uchard", "elmont", "erive", "aguet"]
LAST: tuple[str, ...] = tuple(head + tail for head in _HEADS for tail in _TAILS)
_PLAIN = str.maketrans("éèêëàâîïôûùçÉÈÀÔ", "eeeeaaiiouucEEAO")
_DOMAINS = ("example.org", "example.com", "example.net")
_BLOCKS = ("019900", "026191", "035301", "046571")
_WIDE = ("0199", "0353", "0465", "0261")
_FICTION = 39_000
_WIDE_SIZE = 3_900_000
_MASK = (1 << 64) - 1
SERVICE_LINE, ASSISTANCE_LINE, BANK_LINE, FALLBACK_LINE = (
    "0199000010",
    "0199000011",
    "0199000020",
    "0199000030",
)
STREETS: tuple[str, ...] = (
    "rue des Lilas",
    "avenue du Moulin",
    "place de l'Église",
    "chemin des Prés",
    "impasse du Four",
    "boulevard des Tilleuls",
)
# Postcode, town, country code of delivery; the last ones lie in other time zones.
ZONES: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("75011", "Paris"),
        ("69003", "Lyon"),
        ("59000", "Lille"),
        ("35000", "Rennes"),
        ("33000", "Bordeaux"),
        ("13006", "Marseille"),
        ("44000", "Nantes"),
        ("67000", "Strasbourg"),
    ),
    (("97400", "Saint-Denis"),),
    (("97200", "Fort-de-France"),),
    (("97110", "Pointe-à-Pitre"),),
    (("97300", "Cayenne"),),
    (("98800", "Nouméa"),),
)


def mix(value: int) -> int:
    """A 64-bit number that looks random (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Ids:
    """Spells the identifiers of one world."""

    def __init__(self, cfg: WorldConfig, people: People) -> None:
        self._people = people
        self._seed = mix(cfg.seed)
        self._modulus = 10
        while self._modulus < 4 * cfg.people:
            self._modulus *= 10

    def uuid(self, kind: int, number: int) -> str:
        """A version 4 UUID for the number-th thing of a kind."""
        high = mix(self._seed ^ (kind << 56) ^ number)
        low = mix(high)
        text = f"{high:016x}{low:016x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def visitor(self, device: int, at: int) -> str:
        """The visitor id of a cookie jar at a time."""
        again = at >= int(self._people.devices.reset_at[device])
        return self.uuid(1, 2 * device + again)

    def session(self, session: int) -> str:
        """The tracker's session id."""
        return self.uuid(2, session)

    def _scatter(self, number: int) -> int:
        """Another number of the same size, one to one, so that ids don't tell the order."""
        return (number * 7_368_787 + self._seed % self._modulus) % self._modulus

    def person(self, person: int) -> str:
        """The true person's id, in truth files only."""
        return f"TP{person:07d}"

    def customer(self, person: int, second: bool = False) -> str:
        """The customer id in CRM; `second` is the accidental duplicate's."""
        return f"C{self._scatter(2 * person + second):08d}"

    def login(self, person: int) -> str:
        """The login: of the kind u123456, or an e-mail."""
        if self._people.email_login[person]:
            return self.email(person)
        return f"u{self._scatter(2 * person + 1) + 100:07d}"

    def names(self, person: int) -> tuple[str, str]:
        """First and last name."""
        people = self._people
        names = FIRST_FEMALE if people.female[person] else FIRST_MALE
        return names[int(people.first_name[person])], LAST[int(people.last_name[person])]

    def email(self, person: int) -> str:
        """The e-mail in use by a person, perhaps another household member's."""
        owner = int(self._people.email_owner[person])
        first, last = self.names(owner)
        name = f"{first}.{last}".translate(_PLAIN).lower()
        return f"{name}{owner}@{_DOMAINS[owner % 3]}"

    def handle(self, person: int) -> str:
        """The social handle."""
        first, last = self.names(person)
        return f"@{(first + '_' + last[:4]).translate(_PLAIN).lower()}{person}"

    def personal_number(self, person: int) -> str:
        """National form of the person's own number, ten digits."""
        return _number(person, len(self._people) + self._people.households)

    def landline(self, person: int) -> str:
        """National form of the number that the household shares."""
        household = int(self._people.household[person])
        count = len(self._people)
        return _number(count + household, count + self._people.households)

    def old_mobile(self, person: int) -> str:
        """A mobile that some customers had before, or nothing.

        Its range is kept for fiction; number libraries hold it to be possible but not in use.
        """
        return f"063998{person // 29:04d}" if person % 29 == 0 and person < 290_000 else ""

    def pool_number(self, number: int) -> str:
        """The number-th number of ours that is lent to web visitors."""
        return f"053649{number:04d}"


def _number(index: int, count: int) -> str:
    """The index-th of `count` numbers: fiction ranges first, then their leading digits."""
    if count <= _FICTION:
        # Spread over the ranges, one to one as 7919 has no factor in common with 39,000.
        place = index * 7919 % _FICTION + 1000
        return f"{_BLOCKS[place // 10_000]}{place % 10_000:04d}"
    place = index * 7919 % _WIDE_SIZE + 10_000
    return f"{_WIDE[place // 1_000_000]}{place % 1_000_000:06d}"


def spell_number(national: str, style: int) -> str:
    """One of the ways in which a ten-digit French number is written in the wild."""
    style %= 6
    if style == 0:
        return national
    if style == 1:
        return "+33" + national[1:]
    if style == 2:
        return "0033" + national[1:]
    if style == 3:
        return " ".join(national[i : i + 2] for i in range(0, 10, 2))
    if style == 4:
        return "+33 " + national[1] + " " + " ".join(national[i : i + 2] for i in range(2, 10, 2))
    return ".".join(national[i : i + 2] for i in range(0, 10, 2))
