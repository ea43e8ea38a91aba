"""The truth files: who is who, who belongs with whom, what caused what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .call_files import CallNames
from .calls import FORMAT_NAMES, LANDLINE, OWN_LINE, Calls
from .campaigns import CAMPAIGNS
from .columns import COLUMNS
from .config import (
    ADVISER_EFFECT,
    CAUSE_ADVISER,
    CAUSE_CIRCLE,
    CAUSE_NEED,
    CAUSE_OUTBOUND,
    CHANNELS,
    PRODUCTS,
    Bools,
    Floats,
    WorldConfig,
)
from .contracts import Contracts, contract_id, customers_from
from .crm_activity import opposition_draw
from .demand import NOT_SOLD, SOLD_OUTBOUND, Needs
from .ids import Ids, spell_number
from .journeys import BOT, Sessions
from .leases import Leases
from .people import People, declares_handle
from .tags import TrackerSessions
from .writers import iso, write_csv


def _truth(out: Path, name: str, rows: Iterator[list[str]]) -> int:
    return write_csv(out / "truth" / f"{name}.csv", COLUMNS[f"truth/{name}"], rows)


def _flag(value: object) -> str:
    return "true" if value else "false"


def write_truth(
    out: Path,
    cfg: WorldConfig,
    people: People,
    needs: Needs,
    sessions: Sessions,
    leases: Leases,
    calls: Calls,
    contracts: Contracts,
    names: CallNames,
    ids: Ids,
    tracker: TrackerSessions,
) -> dict[str, int]:
    """Write all truth files; returns their numbers of rows."""
    return {
        "identifiers": _truth(
            out, "identifiers", _identifiers(cfg, people, needs, sessions, calls, ids)
        ),
        "circles": _truth(out, "circles", _circles(people, ids)),
        "call_sessions": _truth(
            out, "call_sessions", _call_sessions(sessions, leases, calls, names, ids, tracker)
        ),
        "sale_causes": _truth(out, "sale_causes", _sale_causes(needs, contracts, ids)),
        "channel_effects": _truth(out, "channel_effects", _channel_effects(needs)),
        "intentions": _truth(out, "intentions", _intentions(needs, sessions, ids)),
    }


def _identifiers(
    cfg: WorldConfig,
    people: People,
    needs: Needs,
    sessions: Sessions,
    calls: Calls,
    ids: Ids,
) -> Iterator[list[str]]:
    """Identifiers that something in the landing zone ties to their person.

    A device that nobody was ever named on and a handle that was never declared are left out: they
    are nobody's by any lawful method. Those of CRM need no navigation consent.
    """
    yield from _visitors(people, sessions, ids)
    since = customers_from(cfg, people, needs)
    in_crm = since <= cfg.end
    # Forms carry the e-mail always, the number every other time: the activity's own rules.
    forms = np.flatnonzero(sessions.form & (sessions.person >= 0))
    opposed = opposition_draw(cfg, people)
    wrote = np.zeros(len(people), dtype=np.bool_)
    wrote[sessions.person[forms]] = True
    rang = wrote & people.purposes[:, 0] & (np.arange(len(people)) >= people.customers)
    rang[sessions.person[forms[forms % 2 == 1]]] = True
    rang[sessions.person[sessions.callback]] = True
    rang |= opposed < 0.07
    wrote |= (opposed >= 0.07) & (opposed < 0.09)
    own = np.zeros(len(people), dtype=np.bool_)
    own[calls.person[calls.caller == OWN_LINE]] = True
    home = np.zeros(people.households, dtype=np.bool_)
    home[people.household[calls.person[calls.caller == LANDLINE]]] = True
    shared_mail = np.bincount(people.email_owner, minlength=len(people)) > 1
    for person in range(len(people)):
        name = ids.person(person)
        if in_crm[person]:
            yield [name, "customer_id", ids.customer(person), "false", "true"]
            if people.has_duplicate[person]:
                yield [name, "customer_id", ids.customer(person, True), "false", "true"]
            if people.has_login[person]:
                yield [name, "login_id", ids.login(person), "false", "true"]
        if in_crm[person] or wrote[person]:
            shared = _flag(shared_mail[people.email_owner[person]])
            yield [name, "email", ids.email(person), shared, "true"]
        if in_crm[person] and declares_handle(people, person):
            yield [name, "social_handle", ids.handle(person), "false", "true"]
        if in_crm[person] or own[person] or rang[person]:
            number = spell_number(ids.personal_number(person), 1)
            yield [name, "phone", number, "false", "true"]
        if in_crm[person] and (old := ids.old_mobile(person)):
            yield [name, "phone", spell_number(old, 1), "false", "true"]
        on_file = in_crm[person] or home[people.household[person]]
        if people.landline[person] and on_file:
            yield [name, "phone", spell_number(ids.landline(person), 1), "true", "true"]


def _visitors(people: People, sessions: Sessions, ids: Ids) -> Iterator[list[str]]:
    """One row for each person behind each visitor id on which they were named."""
    rows = np.flatnonzero(sessions.kind != BOT)
    device, at = sessions.device[rows], sessions.at[rows]
    again = at >= people.devices.reset_at[device]
    key = (sessions.person[rows] * len(people.devices) + device) * 2 + again
    named = sessions.login | sessions.form | sessions.callback | (sessions.step == 4)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    first = first[np.bincount(group, weights=named[rows]) > 0]
    jars = device[first] * 2 + again[first]
    _, everyone = np.unique(key, return_index=True)
    crowd = np.bincount(device[everyone] * 2 + again[everyone], minlength=2 * len(people.devices))
    devices = people.devices
    for place, jar in zip(first.tolist(), jars.tolist(), strict=True):
        number = int(device[place])
        kept = bool(devices.granted[number]) and int(devices.withdrawn_at[number]) > 1 << 50
        yield [
            ids.person(int(sessions.person[rows[place]])),
            "visitor_id",
            ids.visitor(number, int(at[place])),
            _flag(crowd[jar] > 1),
            _flag(kept),
        ]


def _circles(people: People, ids: Ids) -> Iterator[list[str]]:
    for kind, circle in (
        ("family", people.family),
        ("friend", people.friends),
        ("interest", people.interest),
    ):
        adult = (circle >= 0) & ~people.is_minor & ~people.is_company
        sizes = np.bincount(circle[adult], minlength=int(circle.max()) + 1)
        rows = np.flatnonzero(adult)
        rows = rows[sizes[circle[rows]] > 1]
        for person in rows[np.argsort(circle[rows], kind="stable")].tolist():
            yield [f"{kind}-{int(circle[person])}", kind, ids.person(person)]


def _call_sessions(
    sessions: Sessions,
    leases: Leases,
    calls: Calls,
    names: CallNames,
    ids: Ids,
    tracker: TrackerSessions,
) -> Iterator[list[str]]:
    for call in range(len(calls)):
        session, lease = int(calls.session[call]), int(calls.lease[call])
        visitor = visit = ""
        if session >= 0:
            visitor = ids.visitor(int(sessions.device[session]), int(sessions.at[session]))
            visit = tracker(session)
        yield [
            FORMAT_NAMES[int(calls.format[call])],
            names.source_id(call),
            ids.person(int(calls.person[call])),
            visitor,
            visit,
            leases.state(lease, int(calls.at[call])) if lease >= 0 else "none",
        ]


def causes(needs: Needs, need: int) -> dict[tuple[str, str], float]:
    """Hazard that each cause had added to a need when it was satisfied."""
    out: dict[tuple[str, str], float] = {(CAUSE_NEED, ""): float(needs.base[need])}
    if needs.circle[need] > 0:
        out[(CAUSE_CIRCLE, "")] = float(needs.circle[need])
    last = int(needs.sale_col[need])
    for col in range(last + 1):
        hazard = float(needs.hazard[need, col])
        if hazard > 0:
            key = (
                CHANNELS[int(needs.channel[need, col])].name,
                CAMPAIGNS[int(needs.campaign[need, col])].code,
            )
            out[key] = out.get(key, 0.0) + hazard
    if 0 <= int(needs.call_col[need]) <= last:
        out[(CAUSE_ADVISER, "")] = ADVISER_EFFECT
    outbound = int(needs.outbound_at[need])
    if outbound >= 0 and (
        int(needs.sale[need]) == SOLD_OUTBOUND or outbound < int(needs.touch_at[need, last])
    ):
        out[(CAUSE_OUTBOUND, "")] = float(needs.outbound_hazard[need])
    return out


def _sale_causes(needs: Needs, contracts: Contracts, ids: Ids) -> Iterator[list[str]]:
    """Shares of the hazard at the sale; they sum to one a contract."""
    for contract in np.flatnonzero(contracts.need >= 0).tolist():
        parts = causes(needs, int(contracts.need[contract]))
        total = sum(parts.values())
        for (channel, campaign), hazard in parts.items():
            yield [
                contract_id(contract),
                ids.person(int(contracts.person[contract])),
                channel,
                campaign,
                repr(hazard / total),
            ]


def without(needs: Needs, cause: int | str) -> Floats:
    """The whole planned hazard of each need in a world without a channel or another cause."""
    hazard = needs.hazard
    if isinstance(cause, int):
        hazard = np.where(needs.channel == cause, 0.0, hazard)
    total: Floats = needs.base + hazard.sum(axis=1)
    if cause != CAUSE_CIRCLE:
        total = total + needs.circle
    if cause != CAUSE_ADVISER:
        total = total + np.where(needs.call_col >= 0, ADVISER_EFFECT, 0.0)
    if cause != CAUSE_OUTBOUND:
        total = total + np.where(needs.outbound_at >= 0, needs.outbound_hazard, 0.0)
    return total


def incremental(needs: Needs, cause: int | str) -> Bools:
    """Sales that would not have happened without a cause.

    Also those of needs that a sale stirred in a circle, when that sale would not have happened.
    """
    sold: Bools = needs.sale_at >= 0
    lost: Bools = sold & (without(needs, cause) < needs.threshold)
    parent = np.maximum(needs.parent, 0)
    stirred = (needs.parent >= 0) & (lost[parent] | (cause == CAUSE_CIRCLE))
    out: Bools = lost | (sold & stirred)
    return out


def _channel_effects(needs: Needs) -> Iterator[list[str]]:
    entries: list[tuple[str, int | str]] = [(c.name, i) for i, c in enumerate(CHANNELS)]
    entries += [(c, c) for c in (CAUSE_CIRCLE, CAUSE_ADVISER, CAUSE_OUTBOUND)]
    for name, cause in entries:
        lost = incremental(needs, cause)
        yield [name, str(int(lost.sum())), f"{needs.premium[lost].sum():.2f}"]


def _intentions(needs: Needs, sessions: Sessions, ids: Ids) -> Iterator[list[str]]:
    """The first quote left in each need, with both potential outcomes."""
    need = np.maximum(sessions.need, 0)
    left = (sessions.need >= 0) & (sessions.col == needs.abandon_col[need])
    left &= (sessions.step >= 1) & (sessions.step < 4)
    # A quote that ended in a sale on the phone wasn't left.
    left &= ~((needs.sale[need] != NOT_SOLD) & (sessions.col == needs.sale_col[need])) | (
        needs.sale[need] == SOLD_OUTBOUND
    )
    alone = without(needs, CAUSE_OUTBOUND)
    for row in np.flatnonzero(left).tolist():
        number = int(sessions.need[row])
        threshold = float(needs.threshold[number])
        called = float(alone[number] + needs.outbound_hazard[number])
        yield [
            ids.person(int(sessions.person[row])),
            PRODUCTS[int(needs.product[number])].product_id,
            iso(int(sessions.at[row] + sessions.seconds[row])),
            str(int(sessions.step[row])),
            _flag(called >= threshold),
            _flag(float(alone[number]) >= threshold),
        ]
