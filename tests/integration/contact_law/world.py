"""Facts of the world for the oracle, and a world in which every rule has something to forbid."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from tests.integration.contact_law.oracle import (
    Attempt,
    Candidate,
    Contract,
    Decision,
    Facts,
    Opposition,
)

CHANGED = (
    "int_canonical__consents",
    "int_canonical__oppositions",
    "int_canonical__lead_outcomes",
    "int_canonical__calls",
    "int_canonical__contacts",
    "int_canonical__contracts",
    "int_canonical__customers",
    "int_canonical__products",
    "int_canonical__product_relations",
    "int_identity__persons",
    "int_journeys__call_persons",
    "int_journeys__interactions",
)
#: Products of the sample, one of a banned sector, one that needs no insurance.
PRODUCTS = ("P-AUTO", "P-MOTO", "P-HAB", "P-CONSO", "P-COMPTE", "P-PREV", "P-RENO")
TRIGGERS = ("abandonment", "callback_request", "click_to_call", "chat_left", "appetence", "social")
#: Departments overseas, from the Pacific to the Indian Ocean.
OVERSEAS = ("971", "972", "974", "988")
KINDS = {"phone_hash": "phone", "email_hash": "email"}
FIRST, LAST = datetime(2026, 7, 1), datetime(2026, 11, 30)


def _kind(name: str) -> str:
    return KINDS.get(name, name)


def read_facts(con: duckdb.DuckDBPyConnection) -> Facts:
    """What the canonical tables and the bridge of persons say, as the oracle wants it."""
    facts = Facts()

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return con.execute(sql).fetchall()

    facts.departments = dict(
        rows("select customer_id, department_code from intermediate.int_canonical__customers")
    )
    for person, kind, value in rows(
        "select person_id, identifier_type, identifier_value"
        " from intermediate.int_identity__members"
    ):
        facts.person_identifiers.setdefault(person, set()).add((_kind(kind), value))
    for customer, kind, value in rows(
        "select customer_id, identifier_type, identifier_value"
        " from intermediate.int_canonical__identifiers"
    ):
        facts.customer_identifiers.setdefault(customer, set()).add((_kind(kind), value))
    facts.attempts = [
        Attempt(*row)
        for row in rows(
            "select calls.started_at, calls.other_party_hash, calls.customer_id, holders.person_id,"
            " coalesce(bool_or(outcomes.result in ('refused', 'complaint')), false)"
            " from intermediate.int_canonical__calls as calls"
            " left join intermediate.int_journeys__call_persons as holders using (call_id)"
            " left join intermediate.int_canonical__lead_outcomes as outcomes"
            " on outcomes.attempted_at = calls.started_at"
            " where calls.direction = 'outbound' group by all"
        )
    ]
    facts.decisions = [
        Decision(kind, subject, status == "granted", at, until, proof is not None)
        for kind, subject, status, at, until, proof in rows(
            "select subject_kind, subject_key, status, effective_at, expires_at, proof_ref"
            " from intermediate.int_canonical__consents where purpose = 'phone_canvassing'"
        )
    ]
    facts.oppositions = [
        Opposition(*row) for row in rows("from intermediate.int_canonical__oppositions")
    ]
    facts.contracts = [
        Contract(*row)
        for row in rows(
            "select customer_id, contract_role, product_id, opened_at, closed_at"
            " from intermediate.int_canonical__contracts"
        )
    ]
    facts.related = set(
        rows(
            "select product_id, related_product_id"
            " from intermediate.int_canonical__product_relations"
            " where has_reviewer"
        )
    )
    products = rows(
        "select product_id, is_insurance, product_family from intermediate.int_canonical__products"
    )
    facts.insurance = {product: insurance for product, insurance, _ in products}
    facts.families = {product: family for product, _, family in products}
    for customer, email, phone, product, sent in rows(
        "select customer_id, email_hash, phone_hash, product_id, occurred_at"
        " from intermediate.int_canonical__contacts"
        " inner join seeds.contact_subjects using (subject_code)"
        " where direction = 'outbound'"
    ):
        for kind, value in (("customer_id", customer), ("email", email), ("phone", phone)):
            if value:
                facts.documents.append((kind, value, product, sent))
    for who, at in rows(
        "select person_id, occurred_at from intermediate.int_journeys__interactions"
        " where person_id is not null and direction = 'inbound' and source <> 'session'"
        " union all select person_id, first_seen_at from intermediate.int_identity__persons"
        " union all select customer_id, created_at from intermediate.int_canonical__customers"
        " union all select customer_id, closed_at from intermediate.int_canonical__contracts"
    ):
        if at is not None:
            facts.contacts.setdefault(who, []).append(at)
    return facts


def own_numbers(con: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    """Numbers from which we call, and whether they are hidden."""
    found: list[tuple[str, bool]] = con.execute(
        "select number, is_withheld from seeds.calling_numbers"
    ).fetchall()
    return found


def candidates(con: duckdb.DuckDBPyConnection) -> list[Candidate]:
    """The candidates of the run that was built last."""
    found = con.execute(
        "select candidate_id, person_id, customer_id, phone_hash, product_id, trigger, detected_at,"
        " requested_at, expires_at from intermediate.int_e_rebond__candidates"
    ).fetchall()
    return [Candidate(*row) for row in found]


class Stress:
    """Facts and signs at random, so that each rule meets its cases; a seed makes the same again."""

    def __init__(self, con: duckdb.DuckDBPyConnection, seed: int) -> None:
        self.con = con
        self.random = random.Random(seed)
        self.people = con.execute(
            "select people.person_id, people.customer_id, min(phones.identifier_value),"
            " min(emails.identifier_value), min(visitors.identifier_value)"
            " from intermediate.int_identity__persons as people"
            " inner join intermediate.int_identity__members as phones"
            " on people.person_id = phones.person_id and phones.identifier_type = 'phone_hash'"
            " and phones.valid_to is null"
            " left join intermediate.int_identity__members as emails"
            " on people.person_id = emails.person_id and emails.identifier_type = 'email_hash'"
            " left join intermediate.int_identity__members as visitors"
            " on people.person_id = visitors.person_id"
            " and visitors.identifier_type = 'visitor_id'"
            " group by people.person_id, people.customer_id order by people.person_id"
        ).fetchall()

    def moment(self, first: datetime = FIRST, last: datetime = LAST) -> datetime:
        seconds = int((last - first).total_seconds())
        return first + timedelta(seconds=self.random.randrange(seconds))

    def insert(self, table: str, **values: Any) -> None:
        columns = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.con.execute(
            f"insert into intermediate.{table} ({columns}) values ({marks})", list(values.values())
        )

    def fill(self) -> None:
        """Each person gets a few facts, at random and independently of each other."""
        self.con.execute(
            "insert into intermediate.int_canonical__products values"
            " ('P-RENO', 'Prêt travaux', 'renovation_energetique', false);"
            "insert into intermediate.int_canonical__product_relations values"
            " ('P-HAB', 'P-RENO', true, timestamp '2025-01-01');"
            "insert into intermediate.int_canonical__product_relations values"
            " ('P-COMPTE', 'P-AUTO', false, timestamp '2025-01-01')"
        )
        for number, (person, customer, phone, email, _) in enumerate(self.people):
            who = ("customer_id", customer) if customer else ("phone", phone)
            chance = self.random.random
            if chance() < 0.6:
                self.consent(number, who, "granted", datetime(2025, 3, 1))
            if chance() < 0.12:
                self.consent(number, ("phone", phone), "withdrawn", self.moment())
            if chance() < 0.08:
                self.consent(number, who, "withdrawn", self.moment())
                self.consent(number, who, "granted", self.moment(datetime(2026, 10, 1)))
            if chance() < 0.15:
                kind, subject = self.random.choice([who, ("phone", phone)])
                self.oppose(kind, subject, "internal")
            if email and chance() < 0.1:
                self.oppose("email", email, "internal")
            if chance() < 0.3:
                self.oppose("phone", phone, "bloctel")
            if chance() < 0.3:
                self.attempts(number, person, customer, phone)
            if chance() < 0.3:
                self.document(number, customer, phone)
            if chance() < 0.2:
                self.forget(person, customer)
            if chance() < 0.2:
                self.con.execute(
                    "update intermediate.int_canonical__customers set department_code = ?"
                    " where customer_id = ?",
                    [self.random.choice(OVERSEAS), customer],
                )
        for *_, visitor in self.people:
            if visitor and self.random.random() < 0.1:
                self.oppose("visitor_id", visitor, "internal")

    def consent(self, number: int, who: tuple[str, str], status: str, at: datetime) -> None:
        draw = self.random.random()
        granted = status == "granted"
        self.insert(
            "int_canonical__consents",
            consent_id=f"stress-{number}-{status}-{self.random.randrange(10**9)}",
            subject_kind=who[0],
            subject_key=who[1],
            purpose="phone_canvassing",
            status=status,
            effective_at=at,
            expires_at=self.moment() if granted and draw < 0.2 else None,
            proof_ref=None if granted and draw > 0.85 else "proof",
        )

    def oppose(self, kind: str, subject: str, register: str) -> None:
        since: datetime | None = self.moment(datetime(2026, 1, 1), datetime(2026, 9, 1))
        draw = self.random.random()
        until = since + timedelta(days=60) if since and draw < 0.3 else None
        if draw < 0.1 or draw > 0.9:  # without a date, half of them with an end
            since = None
        self.con.execute(
            "insert into intermediate.int_canonical__oppositions select ?, ?, ?, ?, ?"
            " where not exists (from intermediate.int_canonical__oppositions"
            " where subject_kind = ? and subject_key = ? and opposition_list = ?)",
            [kind, subject, register, since, until, kind, subject, register],
        )

    def attempts(self, number: int, person: str, customer: str | None, phone: str) -> None:
        first = self.moment()
        for place in range(self.random.choice([1, 3, 4, 5])):
            at = first + timedelta(days=place * self.random.choice([1, 6, 9]), seconds=place)
            call = f"stress-{number}-{place}"
            by_number = self.random.random() < 0.5 or customer is None
            self.insert(
                "int_canonical__calls",
                call_id=call,
                source_format="flat",
                source_call_id=call,
                direction="outbound",
                other_party_hash=phone if by_number else "0" * 64,
                customer_id=None if by_number else customer,
                started_at=at,
                outcome="no_answer",
                adviser_id="A0001",
            )
            if by_number:
                self.insert("int_journeys__call_persons", call_id=call, person_id=person)
            if self.random.random() < 0.2:
                self.insert(
                    "int_canonical__lead_outcomes",
                    target_id=call,
                    attempted_at=at,
                    result="refused",
                    adviser_id="A0001",
                )

    def document(self, number: int, customer: str | None, phone: str) -> None:
        for place in range(20):
            self.insert(
                "int_canonical__contacts",
                contact_id=f"stress-{number}-{place}",
                contact_type="email",
                direction="outbound",
                customer_id=customer,
                phone_hash=None if customer else phone,
                occurred_at=self.moment(),
                subject_code=self.random.choice(["devis_auto", "devis_moto", "devis_prevoyance"]),
            )

    def forget(self, person: str, customer: str | None) -> None:
        """Somebody who was last heard of around three years ago, and whose contracts are over."""
        long_ago = self.moment(datetime(2023, 7, 1), datetime(2023, 12, 1))
        self.con.execute(
            "delete from intermediate.int_journeys__interactions where person_id = ?", [person]
        )
        self.con.execute(
            "update intermediate.int_identity__persons set first_seen_at = ? where person_id = ?",
            [long_ago, person],
        )
        for column, table in (("created_at", "customers"), ("closed_at", "contracts")):
            self.con.execute(
                f"update intermediate.int_canonical__{table}"
                f" set {column} = ? where customer_id = ?",
                [long_ago, customer],
            )
        self.con.execute(
            "update intermediate.int_canonical__contracts"
            " set opened_at = closed_at - interval 1 year"
            " where customer_id = ?",
            [customer],
        )

    def signals(self, now: datetime, count: int) -> None:
        """Signs of the days before `now`, in the table `stress_signals`."""
        self.con.execute(
            "create or replace temp table stress_signals (signal_id varchar, trigger varchar,"
            " person_id varchar, customer_id varchar, phone_hash varchar, product_id varchar,"
            " started_at timestamp, detected_at timestamp, requested_at timestamp,"
            " evidence varchar)"
        )
        rows = []
        for place in range(count):
            person, customer, phone, *_ = self.random.choice(self.people)
            trigger = self.random.choice(TRIGGERS)
            seen = now - timedelta(seconds=self.random.randrange(3 * 86400))
            asked = trigger == "callback_request"
            wanted = now + timedelta(
                days=self.random.choice([0, 1, 2, 3, 29, 33]),
                minutes=self.random.randrange(0, 1440, 15),
            )
            rows.append(
                [
                    f"stress-{now:%Y%m%d}-{place}",
                    trigger,
                    person,
                    customer if asked else None,
                    phone if asked else None,
                    self.random.choice(PRODUCTS),
                    seen,
                    seen,
                    wanted if asked and self.random.random() < 0.6 else None,
                    "stress",
                ]
            )
        self.con.executemany("insert into stress_signals values (?,?,?,?,?,?,?,?,?,?)", rows)


def chosen_days() -> list[date]:
    """Twelve days on which the law shows: see the test."""
    return [
        date(2026, 7, 10),  # a Friday: J+1 is Monday
        date(2026, 7, 13),  # the day before 14 July
        date(2026, 8, 7),  # the last Friday of the old law, J+1 is Monday 10 August
        date(2026, 8, 10),  # its last day: J+1 is under the new one
        date(2026, 8, 11),  # consent from now on
        date(2026, 8, 14),  # before a holiday on a Saturday
        date(2026, 9, 16),  # an ordinary Wednesday
        date(2026, 10, 9),  # a Friday evening
        date(2026, 10, 23),  # the clocks go back on the 25th
        date(2026, 10, 25),
        date(2026, 11, 10),  # the day before 11 November
        date(2026, 11, 27),
    ]
