"""Calls as Twilio and Genesys Cloud deliver them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np

from .call_files import CallNames, adviser_id
from .calls import GENESYS, SHORT, TWILIO, WITHHELD, Calls
from .config import DAY, QUEUES, REASONS, WorldConfig
from .ids import spell_number
from .writers import CsvFile, TextFile, day_text, write_text

Record = dict[str, Any]
_HIDDEN = ("anonymous", "+266696687", "Restricted", "sip:anonymous@anonymous.invalid")
#: Twilio's names and those that Fivetran's connector gives them.
_FIVETRAN = {
    "sid": "id",
    "parent_call_sid": "parent_call_id",
    "account_sid": "account_id",
    "date_created": "created_at",
    "date_updated": "updated_at",
}
_LEG = (
    *("sid", "parent_call_sid", "account_sid", "to", "from", "status", "direction"),
    *("start_time", "end_time", "duration", "queue_time", "answered_by", "price", "price_unit"),
    *("date_created", "date_updated"),
)
_TIMES = ("start_time", "end_time", "date_created", "date_updated")


def _caller(calls: Calls, names: CallNames, call: int) -> str:
    sort = int(calls.caller[call])
    if sort == WITHHELD:
        return _HIDDEN[call % 4]
    return names.caller(call) if sort == SHORT else spell_number(names.national(call), 1)


def _by_day(
    cfg: WorldConfig,
    calls: Calls,
    format_: int,
    copies: Callable[[int], Iterator[tuple[int, Record]]],
) -> list[tuple[int, list[Record]]]:
    """Records by day of delivery; `copies` gives those of a call with the days behind its own."""
    first, last = cfg.start // DAY, cfg.end // DAY
    days: dict[int, list[Record]] = {day: [] for day in range(first, last + 1)}
    for call in np.flatnonzero(calls.format == format_).tolist():
        for later, record in copies(call):
            days[min(int(calls.at[call]) // DAY + later, last)].append(record)
    return sorted(days.items())


def write_twilio(out: Path, cfg: WorldConfig, calls: Calls, names: CallNames) -> int:
    """Write a file a day: JSON lines, now and then the connector's CSV; returns the rows.

    Some calls are delivered while they are open, and again a day later when they have ended. A
    few lines are cut off.
    """
    folder = out / "call_records" / "twilio"
    write_text(folder / "_source.yml", "time_zone: Europe/Paris\n")
    total = 0

    def copies(call: int) -> Iterator[tuple[int, Record]]:
        legs = list(_twilio_legs(calls, names, call))
        if call % 41 == 3:
            nothing = dict.fromkeys(("end_time", "duration", "price"))
            opened = legs[0]["start_time"]
            yield 0, legs[0] | nothing | {"status": "in-progress", "date_updated": opened}
        for leg in legs:
            yield int(call % 41 == 3), leg

    for day, records in _by_day(cfg, calls, TWILIO, copies):
        total += len(records)
        if day % 5 == 0:
            header = [_FIVETRAN.get(name, name) for name in _LEG]
            with CsvFile(folder / f"twilio_call_{day_text(day)}.csv", header) as table:
                for record in records:
                    table.row(_written(name, value, _spaced) for name, value in record.items())
            continue
        with TextFile(folder / f"calls_{day_text(day)}.jsonl.gz") as file:
            for number, record in enumerate(records):
                line = json.dumps({k: _written(k, v, format_datetime) for k, v in record.items()})
                file.write(line + "\n")
                if number % 97 == 41:
                    file.write(line[:60] + "\n")
                    total += 1
    return total


def _written(name: str, value: Any, form: Callable[[datetime], str]) -> Any:
    if name not in _TIMES or value is None:
        return value
    return form(datetime.fromtimestamp(value, UTC))


def _spaced(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _twilio_legs(calls: Calls, names: CallNames, call: int) -> Iterator[Record]:
    """The call that came in, and a leg for each adviser whom it rang."""
    root, own = names.source_id(call), spell_number(names.dialled(call), 1)
    caller = _caller(calls, names, call)
    at, end = int(calls.at[call]), int(calls.ended_at[call])

    def leg(place: int, to: str, start: int, stop: int, status: str, spoken: int | None) -> Record:
        sid = root if place == 0 else f"{root[:-10]}{place:02x}{root[-8:]}"
        parent = root if place else None
        direction = "outbound-dial" if place else "inbound"
        length = None if spoken is None else str(spoken)
        price = "-0.00850" if spoken else None
        values = (
            *(sid, parent, f"AC{0:032x}", to, caller, status, direction),
            *(start, stop, length, "0", None, price, "USD", start, stop + 1),
        )
        return dict(zip(_LEG, values, strict=True))

    yield leg(0, own, at, end, "completed", end - at)
    start = at + int(calls.ivr[call])
    answer = int(calls.answered_at[call])
    taker = int(calls.adviser[call])
    if not calls.is_answered[call]:
        yield leg(1, "client:accueil", start, answer, "canceled", None)
        return
    if calls.missed_ring[call]:
        missed = f"client:{adviser_id(max(0, taker - 1))}"
        yield leg(1, missed, start, start + 15, "no-answer", None)
        start += 15
    spoken = int(calls.talk[call]) + int(calls.hold[call])
    done = answer + spoken
    yield leg(2, f"client:{adviser_id(taker)}", start, done, "completed", spoken)
    if calls.transfer[call] > 0:
        second = f"client:{adviser_id(int(calls.second_adviser[call]))}"
        yield leg(3, second, done, end, "completed", int(calls.transfer[call]))


def write_genesys(out: Path, cfg: WorldConfig, calls: Calls, names: CallNames) -> int:
    """Write a page a day; returns the conversations, the open copies and messages included."""
    folder = out / "call_records" / "genesys"
    write_text(folder / "_source.yml", "time_zone: Europe/Paris\n")
    total = 0

    def copies(call: int) -> Iterator[tuple[int, Record]]:
        whole = _conversation(calls, names, call)
        if call % 37 == 5:
            opened = {key: value for key, value in whole.items() if key != "conversationEnd"}
            yield 0, opened | {"participants": whole["participants"][:2]}
        yield int(call % 37 == 5), whole

    for day, records in _by_day(cfg, calls, GENESYS, copies):
        page = [*records, _message(cfg, day)]
        with TextFile(folder / f"conversations_{day_text(day)}.json.gz") as file:
            file.write(json.dumps({"conversations": page, "totalHits": len(page)}) + "\n")
        total += len(page)
    return total


def _zulu(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _segment(kind: str, start: int, end: int, **more: str) -> Record:
    begun: Record = {"segmentType": kind, "segmentStart": _zulu(start), "segmentEnd": _zulu(end)}
    return begun | {"conference": False} | more


def _participant(
    numbers: Record, place: int, purpose: str, segments: list[Record], **more: Any
) -> Record:
    metrics = [
        {"name": name, "value": value, "emitDate": segments[-1].get("segmentEnd")}
        for name, value in more.pop("metrics", {}).items()
    ]
    session: Record = {"sessionId": f"{numbers['id']}-{place}", "mediaType": "voice"}
    session |= {"direction": "inbound", "ani": numbers["ani"], "dnis": numbers["dnis"]}
    session |= {"metrics": metrics, "segments": segments}
    return {"purpose": purpose, "participantId": f"p{place}"} | more | {"sessions": [session]}


def _conversation(calls: Calls, names: CallNames, call: int) -> Record:
    """A caller in the bank's queue: rung in vain, answered, put on hold, passed on, or gone."""
    at, end, answer = (int(times[call]) for times in (calls.at, calls.ended_at, calls.answered_at))
    number = _caller(calls, names, call)
    ani = number if number.startswith("sip:") else f"tel:{number}"
    numbers = {"id": names.source_id(call), "ani": ani}
    numbers["dnis"] = f"tel:{spell_number(names.dialled(call), 1)}"
    queue = f"banque_{QUEUES[int(calls.reason[call])]}"
    taker, second = int(calls.adviser[call]), int(calls.second_adviser[call])
    is_answered, is_passed_on = bool(calls.is_answered[call]), bool(calls.transfer[call] > 0)
    waited = "tAnswered" if is_answered else "tAbandon"
    parties: list[tuple[str, list[Record], Record]] = [
        ("customer", [_segment("interact", at, end, disconnectType="endpoint")], {}),
        (
            "acd",
            [_segment("interact", at, answer, queueId=queue, disconnectType="transfer")],
            {"metrics": {waited: 1000 * (answer - at)}},
        ),
    ]
    if calls.missed_ring[call]:
        rung = [_segment("alert", at + 1, at + 14, queueId=queue, disconnectType="client")]
        parties.append(("agent", rung, {"userId": adviser_id(max(0, taker - 1))}))
    wrap, hold = int(calls.wrap[call]), int(calls.hold[call])
    if is_answered:
        # One call in twelve is left without its code.
        code = {"wrapUpCode": REASONS[int(calls.reason[call])]} if call % 12 else {}
        if call % 9 == 0:
            code["wrapUpNote"] = f"à rappeler au {spell_number(names.national(call), call)}"
        pause, done = answer + 5, answer + int(calls.talk[call]) + hold
        how = "transfer" if is_passed_on else "peer"
        taken = [_segment("interact", answer, pause, queueId=queue)]
        taken += [_segment("hold", pause, pause + hold, queueId=queue)] if hold else []
        taken += [_segment("interact", pause + hold, done, queueId=queue, disconnectType=how)]
        taken += [_segment("wrapup", done, done + wrap, queueId=queue, **code)] if wrap else []
        told = {"tTalk": 1000 * int(calls.talk[call]), "tAcw": 1000 * wrap}
        told |= {"nTransferred": 1} if is_passed_on else {}
        parties.append(("agent", taken, {"userId": adviser_id(taker), "metrics": told}))
        if is_passed_on:
            later = [_segment("interact", done + 8, end, queueId=queue, **code)]
            parties.append(("agent", later, {"userId": adviser_id(second)}))
    return {
        "conversationId": numbers["id"],
        "conversationStart": _zulu(at),
        "conversationEnd": _zulu(end),
        "originatingDirection": "inbound",
        "divisionIds": ["banque"],
        "mediaStatsMinConversationMos": 4.5,
        "participants": [
            _participant(numbers, place, purpose, segments, **more)
            for place, (purpose, segments, more) in enumerate(parties)
        ],
    }


def _message(cfg: WorldConfig, day: int) -> Record:
    """What comes in by text isn't a call."""
    at = max(day * DAY + 10 * 3600, cfg.start)
    numbers = {"id": f"c0ffee01-0000-4000-8000-{day:012x}", "ani": None, "dnis": None}
    party = _participant(numbers, 0, "customer", [_segment("interact", at, at + 60)])
    party["sessions"][0]["mediaType"] = "message"
    return {
        "conversationId": numbers["id"],
        "conversationStart": _zulu(at),
        "conversationEnd": _zulu(at + 60),
        "originatingDirection": "inbound",
        "divisionIds": ["banque"],
        "participants": [party],
    }
