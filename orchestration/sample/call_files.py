"""Call records on disk: Asterisk's Master.csv, a second centre's daily CSV, number leases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .calls import (
    ASSIST,
    ASTERISK,
    BANK,
    FLAT,
    GENESYS,
    INBOUND,
    LANDLINE,
    NO_ANSWER,
    SERVICE,
    SHORT,
    TWILIO,
    WITHHELD,
    Calls,
)
from .columns import COLUMNS
from .config import DAY, HELP_SLUGS, PRODUCTS, QUEUES, REASONS, SITE_HOST, WorldConfig
from .ids import ASSISTANCE_LINE, BANK_LINE, FALLBACK_LINE, SERVICE_LINE, Ids, spell_number
from .journeys import HELP, Sessions
from .leases import FALLBACK, POOLS, REASON_NAMES, Leases
from .people import People
from .service import local_clock
from .web import consent_text
from .writers import CsvFile, TextFile, day_text, iso, may_break, plain, write_text

_LINES = {
    SERVICE: SERVICE_LINE,
    ASSIST: ASSISTANCE_LINE,
    BANK: BANK_LINE,
    FALLBACK: FALLBACK_LINE,
}
_WITHHELD = ("anonymous", "", "Restricted", "unknown")
_SHORT = ("3639", "118", "1014")


def adviser_id(adviser: int) -> str:
    """A0007, or nothing for a negative number."""
    return f"A{adviser:04d}" if adviser >= 0 else ""


class CallNames:
    """Ids and numbers of calls, spelt from their place in the world."""

    def __init__(self, people: People, ids: Ids, calls: Calls) -> None:
        self._people, self._ids, self._calls = people, ids, calls

    def source_id(self, call: int) -> str:
        """The id under which the switchboard delivers a call."""
        number = call + 1
        return {
            ASTERISK: f"{int(self._calls.at[call])}.{number}",
            FLAT: f"K{number:08d}",
            TWILIO: f"CA{number:032x}",
            GENESYS: f"c0ffee00-0000-4000-8000-{number:012x}",
        }[int(self._calls.format[call])]

    def dialled(self, call: int) -> str:
        """Our number that was dialled, ten digits."""
        line = int(self._calls.line[call])
        return self._ids.pool_number(line) if line >= 0 else _LINES[line]

    def national(self, call: int) -> str:
        """The person's number that the call came from or went to, ten digits."""
        person = int(self._calls.person[call])
        if int(self._calls.caller[call]) == LANDLINE:
            return self._ids.landline(person)
        return self._ids.personal_number(person)

    def caller(self, call: int) -> str:
        """The number as the switchboard writes it, perhaps withheld or a short one."""
        sort = int(self._calls.caller[call])
        if sort == WITHHELD:
            return _WITHHELD[call % 4]
        if sort == SHORT:
            return _SHORT[call % 3]
        return spell_number(self.national(call), (0, 1, 0, 2, 0, 0, 1)[call % 7])


def write_asterisk(out: Path, cfg: WorldConfig, calls: Calls, names: CallNames) -> int:
    """Write Master.csv in cdr_csv order; returns its number of rows.

    The switchboard doesn't answer before an adviser does, but for the greeting: a row of lastapp
    Background. Rows of one call share the uniqueid. A row appears when its leg ends.
    """
    write_text(
        out / "call_records" / "asterisk" / "_source.yml",
        "time_zone: Europe/Paris\ndelivery: growing\n",
    )
    rows: list[tuple[int, int, str]] = []
    for call in np.flatnonzero(calls.format == ASTERISK).tolist():
        for end, text in _legs(calls, names, call):
            rows.append((end, call, text))
    rows.sort()
    rng = cfg.rng(11)
    broken = set(rng.choice(len(rows), size=min(4, len(rows) // 200), replace=False).tolist())
    with TextFile(out / "call_records" / "asterisk" / "Master.csv") as file:
        for number, (_, call, text) in enumerate(rows):
            file.write(text)
            if number in broken:
                file.write(text.replace('"20', '"20xx-', 1) if call % 2 else '"web","0199"\n')
    return len(rows) + len(broken)


def _legs(calls: Calls, names: CallNames, call: int) -> Iterable[tuple[int, str]]:
    at, ivr, wait = int(calls.at[call]), int(calls.ivr[call]), int(calls.wait[call])
    reason = int(calls.reason[call])
    caller, dialled = names.caller(call), names.dialled(call)
    unique = names.source_id(call)
    account = "web" if int(calls.line[call]) >= 0 else "standard"
    channel = f"PJSIP/trunk-{call:08x}"
    taker = adviser_id(int(calls.adviser[call]))
    queue = f"{QUEUES[reason]},t,,,300"

    def leg(
        context: str,
        target: str,
        app: tuple[str, str],
        start: int,
        answer: int,
        end: int,
        note: str = "",
    ) -> tuple[int, str]:
        # Local wall-clock time without zone; seconds are counted on the true clock.
        local = [local_clock(instant) for instant in (start, max(answer, 0), end)]
        answer_text = plain(local[1]) if answer >= 0 else ""
        billed = end - answer if answer >= 0 else 0
        return end, (
            f'"{account}","{caller}","{dialled}","{context}","""{caller}"" <{caller}>",'
            f'"{channel}","{target}","{app[0]}","{app[1]}","{plain(local[0])}","{answer_text}",'
            f'"{plain(local[2])}",{end - start},{billed},'
            f'"{"ANSWERED" if answer >= 0 else "NO ANSWER"}","DOCUMENTATION","{unique}","{note}"\n'
        )

    start = at + ivr
    if ivr:
        yield leg("accueil", "", ("Background", "accueil"), at, at, start)
    if not calls.is_answered[call]:
        yield leg("file", "", ("Queue", queue), start, -1, start + wait)
        return
    if calls.missed_ring[call]:
        missed = f"PJSIP/{adviser_id(max(0, int(calls.adviser[call]) - 1))}-{call + 1:08x}"
        yield leg("file", missed, ("Queue", queue), start, -1, start + 15)
        start += 15
    answer = at + ivr + wait
    end = answer + int(calls.talk[call]) + int(calls.hold[call])
    # One call in ten is left without its wrap-up code.
    code = REASONS[reason] if call % 10 else ""
    yield leg("file", f"PJSIP/{taker}-{call + 2:08x}", ("Queue", queue), start, answer, end, code)
    if calls.transfer[call] > 0:
        second = adviser_id(int(calls.second_adviser[call]))
        dial = ("Dial", f"PJSIP/{second},30,tr")
        done = end + 8 + int(calls.transfer[call])
        target = f"PJSIP/{second}-{call + 3:08x}"
        yield leg("transfert", target, dial, end, end + 8, done, code)


def write_flat_calls(
    out: Path, cfg: WorldConfig, people: People, calls: Calls, names: CallNames, ids: Ids
) -> int:
    """Write the second centre's daily files; a transfer is a row of its own there.

    Lead calls name their target in a column that the contract doesn't know.
    """
    folder = out / "call_records" / "flat"
    write_text(folder / "_source.yml", "time_zone: UTC\n")
    flat = np.flatnonzero(calls.format == FLAT)
    header = (*COLUMNS["call_records/flat"], "target_id")
    total = 0
    ended = calls.ended_at
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        path = folder / f"calls_{day_text(day)}.csv"
        today = flat[calls.at[flat] // DAY == day].tolist()
        broken = 0
        with CsvFile(path, header) as file:
            for call in today:
                row = _flat_row(people, calls, names, ids, call)
                file.row(row)
                if call % 211 == 7 and may_break(broken, len(today)):
                    broken += 1
                    file.row([*row[:10], "beaucoup", *row[11:]])
                if calls.transfer[call] > 0:
                    file.row(_transfer_row(row, calls, call, int(ended[call])))
            total += file.rows
    return total


def _flat_row(
    people: People, calls: Calls, names: CallNames, ids: Ids, call: int
) -> list[str | int]:
    inbound = int(calls.direction[call]) == INBOUND
    at, person = int(calls.at[call]), int(calls.person[call])
    answered = bool(calls.is_answered[call])
    first_end = int(calls.answered_at[call]) if answered else at + int(calls.wait[call])
    spoken = int(calls.talk[call]) + int(calls.hold[call])
    result = int(calls.result[call])
    missed = "no_answer" if result == NO_ANSWER else "failed"
    outcome = "answered" if answered else "abandoned" if inbound else missed
    known = person < people.customers and (call % 5 > 0 or not inbound)
    other = spell_number(names.national(call), call)
    outgoing = "commercial_sortant"
    return [
        names.source_id(call),
        "inbound" if inbound else "outbound",
        names.caller(call) if inbound else names.dialled(call),
        names.dialled(call) if inbound else other,
        iso(at),
        iso(at + int(calls.wait[call])) if answered else "",
        iso(first_end + (spoken if answered else 0)),
        outcome,
        f"banque_{QUEUES[int(calls.reason[call])]}" if inbound else outgoing,
        adviser_id(int(calls.adviser[call])),
        int(calls.wait[call]),
        int(calls.talk[call]) if answered else 0,
        int(calls.hold[call]),
        int(calls.wrap[call]),
        REASONS[int(calls.reason[call])] if answered and call % 12 else "",
        ids.customer(person) if known else "",
        "",
        target_id(int(calls.need[call])) if result >= 0 else "",
    ]


def _transfer_row(row: list[str | int], calls: Calls, call: int, end: int) -> list[str | int]:
    start = end - int(calls.transfer[call]) - 8
    out = list(row)
    out[0] = f"{row[0]}-2"
    out[4], out[5], out[6] = iso(start), iso(start + 8), iso(end)
    out[9] = adviser_id(int(calls.second_adviser[call]))
    out[10], out[11], out[12], out[13] = 8, int(calls.transfer[call]), 0, 30
    out[16] = row[0]
    return out


def target_id(need: int) -> str:
    """The lead's id in the outbound team's tool."""
    return f"T{need + 1:07d}"


def write_leases(
    out: Path,
    cfg: WorldConfig,
    people: People,
    sessions: Sessions,
    leases: Leases,
    ids: Ids,
) -> int:
    """Write the leases, one file a day of assignment; those still held have no release."""
    folder = out / "call_records" / "number_leases"
    write_text(folder / "_source.yml", "time_zone: UTC\n")
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        path = folder / f"leases_{day_text(day)}.csv"
        with CsvFile(path, COLUMNS["call_records/number_leases"]) as file:
            for lease in np.flatnonzero(leases.assigned_at // DAY == day).tolist():
                session = int(leases.session[lease])
                device, at = int(sessions.device[session]), int(sessions.at[session])
                number = int(leases.number[lease])
                topic = int(sessions.topic[session])
                if int(sessions.kind[session]) == HELP:
                    page = f"/aide/{HELP_SLUGS[topic]}"
                else:
                    page = f"/devis/{PRODUCTS[topic].slug}/etape-1"
                released = int(leases.released_at[lease])
                file.row(
                    [
                        f"L{lease + 1:08d}",
                        POOLS[int(leases.pool[lease])],
                        FALLBACK_LINE if number == FALLBACK else ids.pool_number(number),
                        ids.visitor(device, at),
                        ids.session(session),
                        f"https://{SITE_HOST}{page}",
                        iso(int(leases.assigned_at[lease])),
                        iso(int(leases.seen_at[lease])),
                        iso(released) if released <= cfg.end else "",
                        REASON_NAMES[int(leases.reason[lease])],
                        consent_text(people, device, at) or "denied",
                    ]
                )
            total += file.rows
    return total
