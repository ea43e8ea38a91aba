"""The law of calls in plain Python, written from the text of the rules alone.

It shares nothing with the models: no seed, no SQL, no table of theirs but the candidates that they
would call. `Law.broken(candidate, moment)` names the rules that a call at that moment would break.
Where the text leaves a choice it takes the reading that docs/contact-law.md states.

P1 P2 P3 P4 decree 2022-1313; P5 P8 agreed times; P6 P7 law 2025-594; P10 Bloctel; P12 numbers; P13
banned sectors; I1 I3 insurance; C3 prospects; GDPR21 objections.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

OPT_IN_FROM = date(2026, 8, 11)
HOURS = ((time(10), time(13)), (time(14), time(20)))
OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
BANNED_FAMILIES = {"renovation_energetique", "adaptation_logement"}
#: Triggers by which the person came forward.
EXPRESS_STEPS = {"abandonment", "callback_request", "click_to_call", "chat_left"}
HOLDERS = {"holder", "co_holder"}


@dataclass(frozen=True)
class Candidate:
    """Whom the models would call; times are UTC without zone."""

    candidate_id: str
    person_id: str | None
    customer_id: str | None
    phone_hash: str | None
    product_id: str | None
    trigger: str
    detected_at: datetime
    requested_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True)
class Attempt:
    at: datetime
    phone_hash: str | None
    customer_id: str | None
    person_id: str | None
    is_refusal: bool


@dataclass(frozen=True)
class Decision:
    """A consent or a withdrawal, to be called."""

    kind: str
    subject: str
    is_granted: bool
    at: datetime
    expires_at: datetime | None
    has_proof: bool


@dataclass(frozen=True)
class Opposition:
    kind: str
    subject: str
    register: str
    #: None: nobody knows; it holds then, and never runs out by its age
    since: datetime | None
    until: datetime | None

    def holds(self, moment: datetime, days: int | None = None) -> bool:
        """Whether it is in force; `days`: how long an entry of this register lives."""
        if self.until is not None and moment >= self.until:
            return False
        if self.since is None:
            return True
        is_over = days is not None and moment >= self.since + timedelta(days)
        return self.since <= moment and not is_over


@dataclass(frozen=True)
class Contract:
    customer_id: str
    role: str
    product_id: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass
class Facts:
    """What is known of customers, as the CRM and the switchboard tell it."""

    departments: dict[str, str | None] = field(default_factory=dict)
    person_identifiers: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    customer_identifiers: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    oppositions: list[Opposition] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    related: set[tuple[str, str]] = field(default_factory=set)
    insurance: dict[str, bool] = field(default_factory=dict)
    families: dict[str, str | None] = field(default_factory=dict)
    #: kind, value, product, when: documents that we sent
    documents: list[tuple[str, str, str, datetime]] = field(default_factory=list)
    #: person or customer -> their last step towards us
    contacts: dict[str, list[datetime]] = field(default_factory=dict)
    #: numbers of ours, and whether they are hidden
    own_numbers: list[tuple[str, bool]] = field(default_factory=list)


@cache
def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus (Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_public_holiday(day: date) -> bool:
    """Article L3133-1 of the Code du travail, for all of France."""
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    moving = {easter(day.year) + timedelta(days=days) for days in (1, 39, 50)}
    return (day.month, day.day) in fixed or day in moving


class Law:
    """The rules over one world of facts, at a run's clock `now`."""

    def __init__(self, facts: Facts, now: datetime) -> None:
        self.facts = facts
        self.now = now
        self._protected: dict[str, set[tuple[str, str]]] = {}
        self._attempts: dict[str, list[Attempt]] = {}
        self.holders: dict[tuple[str, str], set[str]] = {}
        for person, identifiers in facts.person_identifiers.items():
            for identifier in identifiers:
                self.holders.setdefault(identifier, set()).add(person)
        self.owners: dict[tuple[str, str], set[str]] = {}
        for customer, identifiers in facts.customer_identifiers.items():
            for identifier in identifiers:
                self.owners.setdefault(identifier, set()).add(customer)

    def zone(self, candidate: Candidate) -> ZoneInfo:
        department = self.facts.departments.get(candidate.customer_id or "")
        return ZoneInfo(OVERSEAS.get(department or "", "Europe/Paris"))

    def local(self, candidate: Candidate, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(self.zone(candidate))

    def protected(self, candidate: Candidate) -> set[tuple[str, str]]:
        """Everybody and everything behind the number, the person and the customer."""
        if candidate.candidate_id not in self._protected:
            self._protected[candidate.candidate_id] = self._behind(candidate)
        return self._protected[candidate.candidate_id]

    def _behind(self, candidate: Candidate) -> set[tuple[str, str]]:
        facts = self.facts
        mine = set(facts.person_identifiers.get(candidate.person_id or "", set()))
        customers = {value for kind, value in mine if kind == "customer_id"}
        if candidate.customer_id:
            customers.add(candidate.customer_id)
        if candidate.phone_hash:
            mine.add(("phone", candidate.phone_hash))
            customers |= self.owners.get(("phone", candidate.phone_hash), set())
        for customer in customers:
            mine |= facts.customer_identifiers.get(customer, set())
        mine |= {("customer_id", customer) for customer in customers}
        persons = {candidate.person_id} if candidate.person_id else set()
        if candidate.phone_hash:
            persons |= self.holders.get(("phone", candidate.phone_hash), set())
        for customer in customers:
            persons |= self.holders.get(("customer_id", customer), set())
        return mine | {("person_id", person) for person in persons}

    def attempts(self, candidate: Candidate, before: datetime) -> list[Attempt]:
        if candidate.candidate_id not in self._attempts:
            keys = self.protected(candidate)
            self._attempts[candidate.candidate_id] = [
                attempt
                for attempt in self.facts.attempts
                if ("phone", attempt.phone_hash) in keys
                or ("customer_id", attempt.customer_id) in keys
                or ("person_id", attempt.person_id) in keys
            ]
        known = self._attempts[candidate.candidate_id]
        return [attempt for attempt in known if attempt.at < before]

    def contracts(self, candidate: Candidate, moment: datetime) -> list[Contract]:
        return [
            contract
            for contract in self.facts.contracts
            if contract.customer_id == candidate.customer_id
            and contract.role in HOLDERS
            and contract.opened_at <= self.now
            and (contract.closed_at is None or contract.closed_at > moment)
        ]

    def has_related_contract(self, candidate: Candidate, moment: datetime) -> bool:
        return any(
            (contract.product_id, candidate.product_id) in self.facts.related
            for contract in self.contracts(candidate, moment)
        )

    def has_consent(self, candidate: Candidate, moment: datetime) -> bool:
        """The exact person's own latest word, proved and not run out."""
        who = (
            ("customer_id", candidate.customer_id)
            if candidate.customer_id
            else ("phone", candidate.phone_hash)
        )
        words = [
            word
            for word in self.facts.decisions
            if (word.kind, word.subject) == who and word.at <= moment
        ]
        if not words:
            return False
        last = max(words, key=lambda word: (word.at, not word.is_granted))
        return (
            last.is_granted
            and last.has_proof
            and last.at <= self.now
            and (last.expires_at is None or moment < last.expires_at)
        )

    def objected(self, candidate: Candidate, moment: datetime) -> bool:
        keys = self.protected(candidate)
        if any(
            (word.kind, word.subject) in keys and word.register == "internal" and word.holds(moment)
            for word in self.facts.oppositions
        ):
            return True
        last: dict[tuple[str, str], Decision] = {}
        for word in sorted(self.facts.decisions, key=lambda word: (word.at, not word.is_granted)):
            if (word.kind, word.subject) in keys and word.at <= moment:
                last[(word.kind, word.subject)] = word
        return any(not word.is_granted for word in last.values())

    def is_protected_by_insurance_law(self, candidate: Candidate, moment: datetime) -> bool:
        """Of a product that nobody knows one can't say that it is no insurance."""
        is_insurance = self.facts.insurance.get(candidate.product_id or "", True)
        return is_insurance and not self.contracts(candidate, moment)

    def broken(self, candidate: Candidate, moment: datetime) -> list[str]:
        """Rules that a call at `moment`, UTC, would break."""
        here = self.local(candidate, moment)
        day, clock = here.date(), here.time()
        broken = []
        asked = candidate.trigger == "callback_request"
        agreed = (
            asked
            and candidate.requested_at is not None
            and timedelta(0) <= moment - candidate.requested_at < timedelta(minutes=30)
        )
        if not agreed and (day.weekday() > 4 or is_public_holiday(day)):
            broken.append("P1")
        if not agreed and not any(opens <= clock < closes for opens, closes in HOURS):
            broken.append("P2")

        attempts = self.attempts(candidate, moment)
        zone = self.zone(candidate)
        days = [attempt.at.replace(tzinfo=UTC).astimezone(zone).date() for attempt in attempts]
        if sum(day - timedelta(days=29) <= tried <= day for tried in days) >= 4:
            broken.append("P3")
        refusals = [d for d, a in zip(days, attempts, strict=True) if a.is_refusal]
        if any(day <= refused + timedelta(days=60) for refused in refusals):
            broken.append("P4")

        related = self.has_related_contract(candidate, moment)
        request_lives = asked and candidate.detected_at <= moment < candidate.expires_at
        if day >= OPT_IN_FROM and not (
            request_lives or related or self.has_consent(candidate, moment)
        ):
            broken.append("P6")
        if day < OPT_IN_FROM and not related and self.on_bloctel(candidate, moment):
            broken.append("P10")
        if self.objected(candidate, moment):
            broken.append("GDPR21")
        if not any(
            not hidden and not number.startswith(("+336", "+337"))
            for number, hidden in self.facts.own_numbers
        ):
            broken.append("P12")
        family = self.facts.families.get(candidate.product_id or "")
        if family in BANNED_FAMILIES and not related and day >= date(2025, 7, 1):
            broken.append("P13")
        return broken + self.broken_for_prospects(candidate, moment, bool(refusals))

    def on_bloctel(self, candidate: Candidate, moment: datetime) -> bool:
        keys = self.protected(candidate)
        return any(
            (word.kind, word.subject) in keys
            and word.register == "bloctel"
            and word.holds(moment, days=1096)
            for word in self.facts.oppositions
        )

    def broken_for_prospects(
        self, candidate: Candidate, moment: datetime, has_refused: bool
    ) -> list[str]:
        """Insurance law and the life of prospects' data: who isn't a client."""
        broken = []
        express = candidate.trigger in EXPRESS_STEPS
        if self.is_protected_by_insurance_law(candidate, moment):
            if not express or moment >= candidate.detected_at + timedelta(days=30):
                broken.append("I1")
            if has_refused:
                broken.append("I3 no interest")
            keys = self.protected(candidate)
            asked = candidate.trigger == "callback_request"
            if not asked and any(
                (kind, value) in keys
                and candidate.product_id in (None, product)
                and sent <= moment < sent + timedelta(hours=24)
                for kind, value, product, sent in self.facts.documents
            ):
                broken.append("I3 documents")
        if not self.contracts(candidate, moment):
            known = [
                at
                for who in (candidate.person_id, candidate.customer_id)
                for at in self.facts.contacts.get(who or "", ())
                if at <= self.now
            ]
            if express:
                known.append(candidate.detected_at)
            if not known or moment >= max(known) + timedelta(days=3 * 365):
                broken.append("C3")
        return broken


def moments(start: datetime, end: datetime) -> Iterable[datetime]:
    """A window's first and last second and every quarter of an hour between, [start, end)."""
    at = start
    while at < end:
        yield at
        at += timedelta(minutes=15)
    yield end - timedelta(seconds=1)
