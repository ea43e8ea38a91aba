"""CRM tables that describe: customers, identifiers, contracts, advisers, campaigns, catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from .call_files import CallNames, adviser_id
from .calls import Advisers, Calls, on_shift
from .campaigns import CAMPAIGNS
from .columns import COLUMNS
from .config import CHANNELS, DAY, HOUR, PRODUCTS, SKILLS, Ints, WorldConfig, paris_offset
from .contracts import CLOSE_REASONS, CONTRACT_CHANNELS, Contracts, contract_id, customers_from
from .demand import Needs
from .ids import STREETS, ZONES, Ids, spell_number
from .journeys import QUOTE, Sessions
from .people import People, declares_handle
from .tags import TrackerSessions
from .writers import day_text, iso, write_csv, write_text

#: Advisers know so many days to come of their roster.
ROSTER_DAYS = 8
SEGMENTS = ("jeune", "particulier", "premium", "patrimonial")


def write_table(
    out: Path, table: str, exported: int, rows: Iterable[Sequence[object]], source: str = ""
) -> int:
    """Write one export of a CRM table; its day of export stands in the file's name."""
    folder = out / "crm" / table
    write_text(folder / "_source.yml", source or "time_zone: UTC\ndelivery: snapshot\n")
    name = f"{table}_{day_text(exported // DAY)}.csv"
    return write_csv(folder / name, COLUMNS[f"crm/{table}"], rows)


def write_crm(
    out: Path,
    cfg: WorldConfig,
    people: People,
    needs: Needs,
    sessions: Sessions,
    calls: Calls,
    contracts: Contracts,
    advisers: Advisers,
    names: CallNames,
    ids: Ids,
    tracker: TrackerSessions,
) -> dict[str, int]:
    """Write the tables; those that change over time are exported in the middle and at the end."""
    since = customers_from(cfg, people, needs)
    middle = cfg.start + cfg.days // 2 * DAY
    rows: dict[str, int] = {}
    for moment in (middle, cfg.end):
        rows |= {
            "customers": write_table(
                out, "customers", moment, _customers(cfg, people, since, moment, ids)
            ),
            "identifiers": write_table(
                out, "identifiers", moment, _identifiers(cfg, people, since, moment, ids)
            ),
            "contracts": write_table(
                out,
                "contracts",
                moment,
                _contracts(contracts, names, ids, tracker, moment),
            ),
        }
    end = cfg.end
    rows["advisers"] = write_table(out, "advisers", end, _advisers(advisers))
    rows["shifts"] = write_table(out, "shifts", end, _shifts(cfg, advisers))
    rows["products"] = write_table(
        out,
        "products",
        end,
        ([p.product_id, p.name, p.family, "true" if p.is_insurance else "false"] for p in PRODUCTS),
    )
    rows["product_relations"] = write_table(out, "product_relations", end, _relations(cfg))
    rows["product_sheets"] = write_table(out, "product_sheets", end, _sheets(cfg))
    rows["campaigns"] = write_table(out, "campaigns", end, _campaigns(cfg))
    rows["costs"] = write_table(out, "costs", end, _costs(cfg))
    rows["experiments"] = write_table(out, "experiments", end, _experiments(people, sessions, ids))
    rows["quality_scores"] = write_table(
        out, "quality_scores", end, _quality(cfg, calls, advisers, names)
    )
    rows["identity_decisions"] = write_table(
        out, "identity_decisions", end, _decisions(cfg, people, ids)
    )
    return {f"crm/{name}": count for name, count in rows.items()}


def _customers(
    cfg: WorldConfig, people: People, since: Ints, moment: int, ids: Ids
) -> Iterator[list[str]]:
    """Customers at a moment; a duplicate is the same person, typed in again carelessly."""
    draws = cfg.rng(13).integers(0, people.customers, 1 + people.customers // 1500)
    broken = set(draws.tolist())
    for person in np.flatnonzero(since <= moment).tolist():
        first, last = ids.names(person)
        home = int(people.household[person])
        zone = ZONES[int(people.zone[person])]
        postcode, city = zone[home % len(zone)]
        street = f"{home % 97 + 1} {STREETS[home % len(STREETS)]}"
        born = day_text(int(people.birth_day[person]))
        company = bool(people.is_company[person])
        level = int(people.segment[person])
        # Segments are reviewed once in the world: a later export says otherwise.
        if moment < cfg.end and person % 13 == 0:
            level = max(0, level - 1)
        row = [
            ids.customer(person),
            "company" if company else "person",
            "" if company else first,
            f"{last} & Cie" if company else last,
            "" if company else born,
            street,
            postcode,
            city,
            "FR",
            SEGMENTS[level],
            adviser_id(home % 8),
            f"H{home:07d}",
            iso(int(since[person])),
        ]
        if person in broken and moment < cfg.end:
            yield [*row[:4], "31/02/1970", *row[5:]]
            continue
        yield row
        if people.has_duplicate[person] and not company:
            typo = [first.upper(), first[:-1], first + " "][person % 3]
            address = street.replace("rue ", "r. ").replace("avenue", "av.")
            copy = [ids.customer(person, True), "person", typo, last.replace("tt", "t"), born]
            copy += [address, *row[6:11], "", iso(int(since[person]) + (person % 400) * 3600)]
            yield copy


def _identifiers(
    cfg: WorldConfig, people: People, since: Ints, moment: int, ids: Ids
) -> Iterator[list[str]]:
    """Contact data on file, phone numbers in the spellings of many hands."""
    for person in np.flatnonzero(since <= moment).tolist():
        customer, start = ids.customer(person), iso(int(since[person]))
        yield [customer, "email", ids.email(person), start, ""]
        number = spell_number(ids.personal_number(person), person // 2)
        yield [customer, "phone", number, start, ""]
        if people.landline[person]:
            yield [customer, "phone", spell_number(ids.landline(person), person // 3), start, ""]
        if old := ids.old_mobile(person):
            yield [customer, "phone", spell_number(old, person // 29), start, iso(cfg.start)]
        if people.has_login[person]:
            yield [customer, "login_id", ids.login(person), start, ""]
        if declares_handle(people, person):
            yield [customer, "social_handle", ids.handle(person), start, ""]
        if people.has_duplicate[person] and not people.is_company[person]:
            copy = ids.customer(person, True)
            kind = "email" if person % 2 else "phone"
            value = ids.email(person) if person % 2 else ids.personal_number(person)
            yield [copy, kind, value, start, ""]


def _contracts(
    contracts: Contracts,
    names: CallNames,
    ids: Ids,
    tracker: TrackerSessions,
    moment: int,
) -> Iterator[list[str]]:
    """A row for the holder, one for the co-holder; sold contracts name call and session."""
    for contract in np.flatnonzero(contracts.opened_at <= moment).tolist():
        product = PRODUCTS[int(contracts.product[contract])]
        closed = int(contracts.closed_at[contract])
        closed = closed if 0 <= closed <= moment else -1
        premium = float(contracts.premium[contract])
        call, session = int(contracts.call[contract]), int(contracts.session[contract])
        tail = [
            product.product_id,
            iso(int(contracts.opened_at[contract])),
            iso(closed),
            CLOSE_REASONS[int(contracts.close_reason[contract])] if closed >= 0 else "",
            f"{premium:.2f}",
            f"{premium * product.margin_rate:.2f}",
            CONTRACT_CHANNELS[int(contracts.initiated[contract])],
            CONTRACT_CHANNELS[int(contracts.handled[contract])],
            CONTRACT_CHANNELS[int(contracts.finalised[contract])],
            names.source_id(call) if call >= 0 else "",
            tracker(session) if session >= 0 and call < 0 else "",
        ]
        number = contract_id(contract)
        yield [number, ids.customer(int(contracts.person[contract])), "holder", *tail]
        partner = int(contracts.partner[contract])
        if partner >= 0:
            role = "driver" if product.slug in ("auto", "moto") else "co_holder"
            yield [number, ids.customer(partner), role, *tail]


def _advisers(advisers: Advisers) -> Iterator[list[str]]:
    night = len(advisers) - advisers.night
    for number in range(len(advisers)):
        skill = int(advisers.skill[number])
        skills = [SKILLS[skill]]
        if number % 3 == 0:
            skills.append(SKILLS[(skill + 1) % len(SKILLS)])
        team = f"equipe_{SKILLS[skill]}"
        if number >= night:
            team, skills = "equipe_assistance", ["assistance"]
        languages = "fr|en" if number % 4 == 0 else "fr|es" if number % 9 == 1 else "fr"
        yield [
            adviser_id(number),
            team,
            "|".join(skills),
            languages,
            ("Lille", "Niort")[number % 2],
        ]


def _shifts(cfg: WorldConfig, advisers: Advisers) -> Iterator[list[str]]:
    """Two shifts on working days; the assistance team takes turns by night and by day.

    The roster is known a week ahead: calls to leads are planned in it.
    """
    night = len(advisers) - advisers.night
    for day in range(cfg.start // DAY, cfg.end // DAY + 1 + ROSTER_DAYS):
        offset = int(paris_offset(np.array([day * DAY + 12 * HOUR]))[0])
        for number in range(len(advisers)):
            late = bool(advisers.late[number])
            low, high = (45_000, 72_000) if late else (28_800, 55_800)
            if number >= night:
                low, high = (68_400, 100_800) if late else (25_200, 68_400)
            else:
                noon = np.array([day * DAY + low + 60 - offset])
                if not on_shift(advisers, np.array([number]), noon)[0]:
                    continue
            start = day * DAY - offset
            yield [adviser_id(number), iso(start + low), iso(start + high)]


def _relations(cfg: WorldConfig) -> Iterator[list[str]]:
    reviewed = iso(cfg.start - 120 * DAY)
    for left, right in ((0, 3), (0, 1), (1, 0), (2, 6), (5, 4)):
        pair = [PRODUCTS[left].product_id, PRODUCTS[right].product_id]
        yield [*pair, "service_juridique", reviewed]


def _sheets(cfg: WorldConfig) -> Iterator[list[str]]:
    """What each place says of each product: comparison sites lag behind a change of price."""
    seen = iso(cfg.start + DAY)
    for number, product in enumerate(PRODUCTS):
        for place, factor in (("site", 1.0), ("app", 1.0), ("comparateur", 1.05)):
            stale = factor if number % 3 == 0 else 1.0
            price = f"{product.premium / 12 * stale:.2f}"
            yield [product.product_id, place, "prix_mensuel", price, seen]
            yield [product.product_id, place, "libelle", product.name, seen]


def _campaigns(cfg: WorldConfig) -> Iterator[list[str]]:
    low, high = cfg.peak
    for campaign in CAMPAIGNS[1:]:
        channel = CHANNELS[campaign.channel].name if campaign.channel >= 0 else "Cross-network"
        product = PRODUCTS[campaign.product].product_id if campaign.product >= 0 else ""
        start, end = (low, high) if campaign.is_peak else (cfg.start - 60 * DAY, cfg.end + 60 * DAY)
        peak = "true" if campaign.is_peak else "false"
        yield [campaign.code, campaign.name, channel, product, iso(start), iso(end), peak]


def _costs(cfg: WorldConfig) -> Iterator[list[str]]:
    first = datetime.fromtimestamp(cfg.start, UTC).replace(day=1)
    months = sorted({(first + timedelta(days=d)).strftime("%Y-%m-01") for d in range(cfg.days + 1)})
    for month in months:
        for project, cost in (
            ("centre_de_contacts", 96_000.0),
            ("site_web", 41_500.0),
            ("cookie_vocal", 3_900.0),
            ("enquetes", 2_150.0),
        ):
            yield [project, month, f"{cost * max(cfg.scale, 0.05):.2f}"]


def _experiments(people: People, sessions: Sessions, ids: Ids) -> Iterator[list[str]]:
    """Visitors of quote pages saw one of two forms; the form has no effect in this world."""
    rows = np.flatnonzero((sessions.kind == QUOTE) & (sessions.device >= 0))
    again = sessions.at[rows] >= people.devices.reset_at[sessions.device[rows]]
    _, first = np.unique(sessions.device[rows] * 2 + again, return_index=True)
    for row in rows[np.sort(first)].tolist():
        visitor = ids.visitor(int(sessions.device[row]), int(sessions.at[row]))
        variant = "court" if int(visitor[0], 16) % 2 else "temoin"
        yield ["formulaire_devis", variant, "visitor_id", visitor, iso(int(sessions.at[row]))]


def _quality(
    cfg: WorldConfig, calls: Calls, advisers: Advisers, names: CallNames
) -> Iterator[list[str]]:
    rng = cfg.rng(14)
    rows = np.flatnonzero(calls.is_answered & (rng.random(len(calls)) < 0.03))
    rows = rows[calls.at[rows] + 2 * DAY < cfg.end]
    for call in rows.tolist():
        for number, criterion in enumerate(("accueil", "decouverte", "conclusion")):
            level = 70 + int(advisers.quality[calls.adviser[call]]) + (call * 7 + number * 13) % 21
            at = iso(int(calls.at[call]) + 2 * DAY)
            yield [
                names.source_id(call),
                criterion,
                str(min(100, max(0, level))),
                at,
                "superviseur",
            ]


def _decisions(cfg: WorldConfig, people: People, ids: Ids) -> Iterator[list[str]]:
    """A steward has looked at a few pairs already."""
    twins = np.flatnonzero(people.has_duplicate & ~people.is_company)[:3]
    for person in twins.tolist():
        pair = [ids.customer(person), ids.customer(person, True)]
        yield [*pair, "same", iso(cfg.start - 5 * DAY)]
    for person in range(min(3, people.customers - 1)):
        pair = [ids.customer(person), ids.customer(person + 1)]
        yield [*pair, "different", iso(cfg.start - 4 * DAY)]
