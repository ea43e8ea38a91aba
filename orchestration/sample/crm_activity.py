"""CRM tables that record: contacts, cases, orders, consents, oppositions, life events, leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .call_files import adviser_id, target_id
from .calls import OUTBOUND, RESULTS, Calls
from .columns import COLUMNS
from .config import DAY, HOUR, PRODUCTS, REASONS, Floats, WorldConfig
from .contracts import Contracts, contract_id, customers_from
from .crm import write_table
from .demand import Needs
from .ids import Ids, spell_number
from .journeys import BOT, Sessions
from .people import NEVER, PURPOSES, People
from .service import Requests
from .writers import day_text, iso, write_csv, write_text

EVENTS = ("demenagement", "naissance", "mariage", "retraite", "achat_vehicule", "deces_proche")
Row = list[str]


def write_activity(
    out: Path,
    cfg: WorldConfig,
    people: People,
    needs: Needs,
    requests: Requests,
    sessions: Sessions,
    calls: Calls,
    contracts: Contracts,
    ids: Ids,
) -> dict[str, int]:
    """Write the tables; contacts come one file a day, the others as one export at the end."""
    end = cfg.end
    rows = {
        "contacts": _write_contacts(out, cfg, people, sessions, ids),
        "cases": write_table(out, "cases", end, _cases(cfg, requests, ids)),
        "orders": write_table(out, "orders", end, _orders(sessions, contracts, ids)),
        "consents": write_table(out, "consents", end, _consents(cfg, people, needs, sessions, ids)),
        "oppositions": write_table(out, "oppositions", end, _oppositions(cfg, people, ids)),
        "life_events": write_table(out, "life_events", end, _life_events(cfg, people, ids)),
        "lead_outcomes": write_table(out, "lead_outcomes", end, _outcomes(calls, contracts)),
    }
    return {f"crm/{name}": count for name, count in rows.items()}


def _contact(
    channel: str,
    direction: str,
    at: int,
    customer: str = "",
    visitor: str = "",
    email: str = "",
    phone: str = "",
    seconds: int = 0,
    adviser: str = "",
    subject: str = "",
    outcome: str = "",
    place: str = "",
    campaign: str = "",
) -> Row:
    """A contact without its id."""
    until = iso(at + seconds) if seconds else ""
    return [
        channel,
        direction,
        customer,
        visitor,
        email,
        phone,
        iso(at),
        until,
        adviser,
        subject,
        outcome,
        place,
        campaign,
    ]


def _write_contacts(
    out: Path, cfg: WorldConfig, people: People, sessions: Sessions, ids: Ids
) -> int:
    folder = out / "crm" / "contacts"
    write_text(folder / "_source.yml", "time_zone: UTC\ndelivery: append\n")
    day_of = sessions.at // DAY
    number = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        first, last = np.searchsorted(day_of, [day, day + 1])
        rows = list(_from_visits(sessions, range(int(first), int(last)), ids))
        rows += _from_day(cfg, people, day, ids)
        rows = sorted(row for row in rows if row[6] <= iso(cfg.end))
        rows.sort(key=lambda row: row[6])
        numbered = ([f"CT{number + i + 1:08d}", *row] for i, row in enumerate(rows))
        path = folder / f"contacts_{day_text(day)}.csv"
        number += write_csv(path, COLUMNS["crm/contacts"], numbered)
    return number


def _from_visits(sessions: Sessions, rows: range, ids: Ids) -> Iterator[Row]:
    """What a visit leaves behind: the quote by e-mail, the callback asked for, the chat."""
    for row in rows:
        person, device = int(sessions.person[row]), int(sessions.device[row])
        if person < 0:
            continue
        form, callback = bool(sessions.form[row]), bool(sessions.callback[row])
        chat = row % 61 == 0 and bool(sessions.login[row])
        if not (form or callback or chat):
            continue
        at = int(sessions.at[row])
        visitor = ids.visitor(device, at)
        end = at + int(sessions.seconds[row])
        known = ids.customer(person) if sessions.login[row] else ""
        product = PRODUCTS[int(sessions.topic[row])].slug if form or callback else ""
        if form:
            phone = spell_number(ids.personal_number(person), row) if row % 2 else ""
            yield _contact(
                "email",
                "outbound",
                end,
                known,
                visitor,
                ids.email(person),
                phone,
                subject=f"devis_{product}",
                outcome="envoye",
                place="site",
            )
        if callback:
            phone = spell_number(ids.personal_number(person), row)
            yield _contact(
                "callback_request",
                "inbound",
                end,
                known,
                visitor,
                "",
                phone,
                subject=f"devis_{product}",
                outcome="demande",
                place="site",
            )
        if chat:
            yield _contact(
                "chat",
                "inbound",
                at + 30,
                ids.customer(person),
                visitor,
                seconds=120 + row % 600,
                adviser=adviser_id(row % 8),
                subject=REASONS[row % 6],
                outcome=("resolu", "quitte")[row % 5 == 0],
                place="site",
            )


def _from_day(cfg: WorldConfig, people: People, day: int, ids: Ids) -> list[Row]:
    """A day's branch visits, mailings, text messages, and branch letters."""
    rng = cfg.rng(15, day)
    out: list[Row] = []
    count = rng.poisson(people.customers * 0.006)
    for person in rng.integers(0, people.customers, count).tolist():
        at = day * DAY + int(rng.integers(8, 16)) * HOUR + int(rng.integers(0, HOUR))
        out.append(
            _contact(
                "branch",
                "inbound",
                at,
                ids.customer(person),
                seconds=900 + person % 1800,
                adviser=adviser_id(person % 8),
                subject=REASONS[person % 6],
                outcome="resolu",
                place=f"agence_{people.household[person] % 12:02d}",
            )
        )
    weekday = (day + 3) % 7
    waves = (("email", "email_prospecting", 1, "lettre"), ("sms", "sms_prospecting", 3, "sms"))
    for channel, purpose, when, prefix in waves:
        if weekday != when:
            continue
        column = PURPOSES.index(purpose)
        who = np.flatnonzero(people.purposes[: people.customers, column])
        who = who[rng.random(who.size) < (0.5 if channel == "email" else 0.12)]
        product = PRODUCTS[day // 7 % len(PRODUCTS)].slug
        for person in who.tolist():
            email = ids.email(person) if channel == "email" else ""
            phone = "" if email else spell_number(ids.personal_number(person), 1)
            out.append(
                _contact(
                    channel,
                    "outbound",
                    day * DAY + 9 * HOUR + person % 1800,
                    ids.customer(person),
                    "",
                    email,
                    phone,
                    subject="prospection",
                    outcome="envoye",
                    campaign=f"{prefix}_{product}",
                )
            )
    return out


def _cases(cfg: WorldConfig, requests: Requests, ids: Ids) -> Iterator[Row]:
    """Requests that become a case; repeated ones are complaints more often."""
    number = 0
    for row in range(len(requests)):
        lot = row * 7919 % 100
        if lot >= (30 if requests.repeat[row] else 6):
            continue
        number += 1
        kind = "complaint" if requests.repeat[row] or lot < 2 else "support"
        opened = int(requests.at[row]) + HOUR
        closed = opened + DAY * (1 + row % 9)
        done = closed < cfg.end
        yield [
            f"D{number:07d}",
            ids.customer(int(requests.person[row])),
            "repair" if kind == "support" and int(requests.reason[row]) == 0 else kind,
            REASONS[int(requests.reason[row])],
            iso(opened),
            iso(closed) if done else "",
            "closed" if done else "open",
            "phone" if int(requests.call_at[row]) >= 0 else "web",
        ]


def _orders(
    sessions: Sessions,
    contracts: Contracts,
    ids: Ids,
) -> Iterator[Row]:
    """First payments of contracts concluded on the web, and a few payments given up."""
    number = 0
    rows = np.flatnonzero((contracts.need >= 0) & (contracts.call < 0) & (contracts.session >= 0))
    for contract in rows.tolist():
        session, person = int(contracts.session[contract]), int(contracts.person[contract])
        number += 1
        at = int(contracts.opened_at[contract])
        visitor = ids.visitor(int(sessions.device[session]), int(sessions.at[session]))
        product = PRODUCTS[int(contracts.product[contract])].product_id
        amount = f"{float(contracts.premium[contract]) / 12:.2f}"
        if contract % 9 == 0:
            given_up = [f"O{number:07d}", "", visitor, product, iso(at - 240), amount, "abandoned"]
            yield given_up
            number += 1
        cancelled = int(contracts.closed_at[contract]) >= 0
        status = "cancelled" if cancelled else "paid"
        customer = ids.customer(person)
        yield [f"O{number:07d}", customer, visitor, product, iso(at), amount, status]


def _consents(
    cfg: WorldConfig, people: People, needs: Needs, sessions: Sessions, ids: Ids
) -> Iterator[Row]:
    """Grants and withdrawals by purpose, of customers, of prospects' addresses, of visitors."""
    rng = cfg.rng(16)
    since = customers_from(cfg, people, needs)
    number = 0

    def row(kind: str, subject: str, purpose: str, status: str, at: int, source: str) -> Row:
        nonlocal number
        number += 1
        lasts = 180 * DAY if purpose == "navigation_linking" else 1095 * DAY
        expires = iso(at + lasts) if status == "granted" else ""
        proof = f"preuve-{number:08d}"
        return [f"S{number:08d}", kind, subject, purpose, status, iso(at), expires, proof, source]

    leaving = rng.random((len(people), len(PURPOSES))) < 0.015
    span = cfg.end - cfg.start
    for person in np.flatnonzero(since <= cfg.end).tolist():
        customer = ids.customer(person)
        granted_at = max(int(since[person]), cfg.start - 700 * DAY)
        for column in np.flatnonzero(people.purposes[person]).tolist():
            purpose = PURPOSES[column]
            yield row("customer_id", customer, purpose, "granted", granted_at, "crm")
            gone = max(cfg.start + (person * 7919 + column) % span, granted_at + HOUR)
            if leaving[person, column] and gone < cfg.end:
                yield row("customer_id", customer, purpose, "withdrawn", gone, "espace_client")
    forms = np.flatnonzero(sessions.form & (sessions.person >= people.customers))
    _, first = np.unique(sessions.person[forms], return_index=True)
    for session in forms[np.sort(first)].tolist():
        person = int(sessions.person[session])
        at = int(sessions.at[session] + sessions.seconds[session])
        if people.purposes[person, PURPOSES.index("email_prospecting")]:
            yield row("email", ids.email(person), "email_prospecting", "granted", at, "formulaire")
        if people.purposes[person, 0]:
            phone = spell_number(ids.personal_number(person), person)
            yield row("phone", phone, "phone_canvassing", "granted", at, "formulaire")
    yield from _navigation(people, sessions, ids, row)


def _navigation(people: People, sessions: Sessions, ids: Ids, row: object) -> Iterator[Row]:
    """The banner's answers: one row a visitor id that said yes, one when it took that back."""
    make = row
    assert callable(make)
    rows = np.flatnonzero(sessions.kind != BOT)
    devices = people.devices
    device = sessions.device[rows]
    again = sessions.at[rows] >= devices.reset_at[device]
    _, first = np.unique(device * 2 + again, return_index=True)
    for place in np.sort(first).tolist():
        jar, at = int(device[place]), int(sessions.at[rows[place]])
        gone = int(devices.withdrawn_at[jar])
        if not devices.granted[jar] or gone <= at:
            continue
        visitor = ids.visitor(jar, at)
        yield make("visitor_id", visitor, "navigation_linking", "granted", at, "bandeau")
        if gone < NEVER:
            yield make("visitor_id", visitor, "navigation_linking", "withdrawn", gone, "bandeau")


def opposition_draw(cfg: WorldConfig, people: People) -> Floats:
    """Below 0.07: the number is on Bloctel's list; below 0.09: on our own."""
    return cfg.rng(17).random(len(people))


def _oppositions(cfg: WorldConfig, people: People, ids: Ids) -> Iterator[Row]:
    draw = opposition_draw(cfg, people)
    addresses: set[str] = set()  # some people share one; a list holds it once
    for person in np.flatnonzero(draw < 0.09).tolist():
        since = iso(cfg.start - (30 + person % 900) * DAY)
        if draw[person] < 0.07:
            number = spell_number(ids.personal_number(person), 1)
            yield ["phone", number, "bloctel", since, "2026-08-10T22:00:00Z"]
        elif person < people.customers:
            yield ["customer_id", ids.customer(person), "internal", since, ""]
        elif (address := ids.email(person)) not in addresses:
            addresses.add(address)
            yield ["email", address, "internal", since, ""]


def _life_events(cfg: WorldConfig, people: People, ids: Ids) -> Iterator[Row]:
    rng = cfg.rng(18)
    who = np.flatnonzero(rng.random(people.customers) < 0.07)
    for person in who.tolist():
        day = cfg.end // DAY - int(rng.integers(0, 60 + cfg.days))
        kind = EVENTS[int(rng.integers(0, len(EVENTS)))]
        source = ("conseiller", "espace_client", "courrier")[person % 3]
        yield [ids.customer(person), kind, day_text(day), source]


def _outcomes(calls: Calls, contracts: Contracts) -> Iterator[Row]:
    """What the outbound team wrote down after each attempt."""
    sold = {int(c): i for i, c in enumerate(contracts.call.tolist()) if c >= 0}
    rows = np.flatnonzero((calls.direction == OUTBOUND) & (calls.result >= 0))
    for call in rows.tolist():
        result = int(calls.result[call])
        yield [
            target_id(int(calls.need[call])),
            iso(int(calls.at[call])),
            RESULTS[result],
            contract_id(sold[call]) if call in sold else "",
            adviser_id(int(calls.adviser[call])) or "A0000",
        ]
