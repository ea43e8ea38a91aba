"""Web tags: Snowplow's enriched lines, the flat CSV of the app and the brand's site; the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .agents import AGENTS, IS_MOBILE, ROBOTS
from .campaigns import CAMPAIGNS
from .columns import COLUMNS
from .config import BRAND_HOST, CHANNELS, DAY, PRODUCTS, SITE_HOST, Bools, Ints, WorldConfig
from .ga4 import Ga4Writer
from .ids import Ids, mix, spell_number
from .journeys import BOT, Sessions
from .pages import EVENT_NAMES, PAGES, PING, READ, VIEW, DayEvents, build_events
from .people import APP, BRAND, People
from .segment import SegmentWriter
from .snowplow import (
    NO_UTM,
    SPIDERS,
    Stamps,
    Utm,
    Visit,
    break_line,
    constant_parts,
    context_head,
    context_json,
    snowplow_line,
    stamp_ms,
)
from .tags import FLAT, GA4, SEGMENT, SNOWPLOW, tag_of
from .writers import CsvFile, TextFile, day_text, may_break, write_text

_LATE_COLUMNS = ("utm_content", "utm_term")
_BLOCK = 4096


class WebWriter:
    """Writes the web tags of one day after the other."""

    def __init__(
        self, cfg: WorldConfig, people: People, ids: Ids, sessions: Sessions, out: Path
    ) -> None:
        self._cfg, self._people, self._ids, self._sessions = cfg, people, ids, sessions
        self._out = out
        self._day_of = sessions.at // DAY
        self._number = session_numbers(sessions, people)
        self._tag = tag_of(sessions, people)
        self._segment = SegmentWriter(cfg, ids, out)
        self._ga4 = Ga4Writer(cfg, out)
        self._carried: list[tuple[int, str]] = []
        self._events = 0
        self._broken = 0
        write_text(
            out / "web_tags" / "snowplow" / "_source.yml",
            'time_zone: UTC\nconsent_field: "contexts:com.passerelle/consent:navigation_linking"\n',
        )
        write_text(
            out / "web_tags" / "flat" / "_source.yml",
            "time_zone: UTC\nconsent_field: consent_navigation_linking\n",
        )

    @property
    def events(self) -> int:
        """Rows written, of all tags."""
        return self._events + self._segment.events + self._ga4.events

    @property
    def broken(self) -> int:
        """Rows of them that are broken on purpose."""
        return self._broken + self._segment.broken + self._ga4.broken

    def write_day(self, day: int) -> None:
        """Write the files of one UTC day; what falls after midnight waits for the next one."""
        first, last = np.searchsorted(self._day_of, [day, day + 1])
        rows = np.arange(first, last)
        sessions = self._sessions.take(rows)
        events = build_events(self._cfg, sessions, day)
        tag = self._tag[rows]
        visits = [
            self._visit(int(row), sessions, i, int(tag[i]) != SNOWPLOW)
            for i, row in enumerate(rows)
        ]
        of_event = tag[events.session] if len(sessions) else np.zeros(0, dtype=np.int64)
        self._write_snowplow(day, events, visits, of_event == SNOWPLOW)
        self._write_flat(day, events, visits, sessions, of_event == FLAT)
        for writer, code in ((self._segment, SEGMENT), (self._ga4, GA4)):
            chosen = np.flatnonzero(of_event == code).tolist()
            writer.write_day(day, events, visits, sessions, chosen)

    def _visit(self, number: int, sessions: Sessions, i: int, flat: bool) -> Visit:
        people, ids = self._people, self._ids
        at = int(sessions.at[i])
        device = int(sessions.device[i])
        person = int(sessions.person[i])
        is_bot = int(sessions.kind[i]) == BOT
        devices = people.devices
        if is_bot:
            visitor, agent, skew = ids.uuid(4, number), ROBOTS[-1 - device], 0
            consent, address = "", f"203.0.113.{-device * 7}"
        else:
            visitor = ids.visitor(device, at)
            agent = AGENTS[int(devices.agent[device])]
            skew = int(devices.skew[device])
            consent = consent_text(people, device, at)
            address = f"198.51.100.{device % 250 + 1}"
        channel = CHANNELS[int(sessions.channel[i])]
        click, query, utm = "", "", NO_UTM
        if channel.medium:
            code = CAMPAIGNS[int(sessions.campaign[i])].code
            # Two creatives a campaign; only a search has a term.
            content = f"creation_{'ab'[mix(number) % 2]}"
            term = code.removeprefix("search_") if channel.medium == "cpc" else ""
            utm = Utm(channel.source, channel.medium, code, content, term)
            query = "&".join(f"utm_{k}={v}" for k, v in utm._asdict().items() if v)
            if channel.click:
                click = f"{channel.click.upper()}.{mix(number):016x}"
                query += f"&{channel.click}={click}"
        login = ids.login(person) if sessions.login[i] and person >= 0 else ""
        session = ids.session(number)
        kind = -1 if is_bot else int(devices.kind[device])
        host = BRAND_HOST if kind == BRAND else SITE_HOST
        before = after = derived = ""
        if not flat:
            mobile = not is_bot and IS_MOBILE[int(devices.agent[device])]
            before, after = constant_parts(
                visitor, int(self._number[number]), login, address, agent, mobile
            )
            if is_bot and device % 2:
                data: dict[str, object] = {"spiderOrRobot": True, "category": "SPIDER_OR_ROBOT"}
                derived = context_json([(SPIDERS, data)])
        return Visit(
            visitor, session, agent, host, login, consent, query, channel.referrer, utm,
            context_head(consent), click,
            before, after, derived, skew, is_bot,
        )  # fmt: skip

    def _write_snowplow(
        self, day: int, events: DayEvents, visits: list[Visit], mask: Bools
    ) -> None:
        """Write the day's lines in the collector's order; some are delivered twice."""
        rng = self._cfg.rng(7, day)
        rows = np.flatnonzero(mask)
        count = rows.size
        hexes = rng.bytes(16 * count).hex()
        received = events.ms[rows] + rng.integers(40, 400, count)
        lot = rng.random(count)
        broken = (lot > 0.9985) & (lot < 0.9990)
        shapes = {int(i): int(i) % 4 for i in np.flatnonzero(broken)}
        twice = np.flatnonzero((lot < 0.004) & ~broken)
        later = received[twice] + rng.integers(2_000, 90_000, count)[twice]
        # Negative places stand for the lines that last night left over.
        carried = self._carried
        place = np.concatenate([np.arange(count), twice, -1 - np.arange(len(carried))])
        at = np.concatenate([received, later, np.array([c[0] for c in carried], dtype=np.int64)])
        order = np.lexsort((place, at))
        order = order[at[order] <= self._cfg.end * 1000]
        limit = (day + 1) * DAY * 1000
        last = int(np.searchsorted(at[order], limit))
        stamp = Stamps(day)
        columns = [events.session, events.ms, events.code, events.page, events.ordinal]
        columns.append(events.referrer)

        def spell(chosen: Ints) -> Iterator[tuple[int, str]]:
            source = place[chosen]
            event = rows[np.maximum(source, 0)] if count else np.zeros(source.size, dtype=np.int64)
            lists = [column[event].tolist() if count else source.tolist() for column in columns]
            for i, received_at, session, ms, code, page, ordinal, referrer in zip(
                source.tolist(), at[chosen].tolist(), *lists, strict=True
            ):
                if i < 0:
                    yield carried[-1 - i]
                    continue
                text = hexes[32 * i : 32 * i + 32]
                event_id = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-b{text[17:20]}-{text[20:]}"
                line = snowplow_line(
                    stamp,
                    visits[session],
                    event_id,
                    ms,
                    received_at,
                    code,
                    page,
                    ordinal,
                    referrer,
                    lot[i] > 0.9975,
                )
                yield received_at, break_line(line, shapes[i]) if i in shapes else line

        path = self._out / "web_tags" / "snowplow" / f"events_{day_text(day)}.tsv.gz"
        with TextFile(path) as file:
            for start in range(0, last, _BLOCK):
                block = order[start : min(last, start + _BLOCK)]
                file.write("".join([line for _, line in spell(block)]))
        self._carried = list(spell(order[last:]))
        self._events += last
        self._broken += len(shapes)

    def _write_flat(
        self,
        day: int,
        events: DayEvents,
        visits: list[Visit],
        sessions: Sessions,
        mask: Bools,
    ) -> None:
        rng = self._cfg.rng(8, day)
        rows = np.flatnonzero(mask & (events.code != PING))
        path = self._out / "web_tags" / "flat" / f"events_{day_text(day)}.csv"
        draw = rng.random(rows.size)
        hexes = rng.bytes(12 * rows.size).hex()
        # The tag of the first two days didn't know terms and contents yet.
        old = day < self._cfg.start // DAY + 2
        header = [c for c in COLUMNS["web_tags/flat"] if not old or c not in _LATE_COLUMNS]
        keep = [COLUMNS["web_tags/flat"].index(c) for c in header]
        broken = 0
        with CsvFile(path, header) as file:
            for i, event in enumerate(rows):
                row = int(events.session[event])
                visit = visits[row]
                event_id = hexes[24 * i : 24 * i + 24]
                values = self._flat_row(events, int(event), visit, sessions, row, event_id)
                if draw[i] > 0.998 and may_break(broken, rows.size):
                    values[2] = "hier soir"
                    broken += 1
                values = [values[k] for k in keep]
                file.row(values)
                self._events += 1
                if draw[i] < 0.004:
                    file.row(values)
                    self._events += 1
        self._broken += broken

    def _flat_row(
        self,
        events: DayEvents,
        event: int,
        visit: Visit,
        sessions: Sessions,
        row: int,
        event_id: str,
    ) -> list[str]:
        code, page = int(events.code[event]), PAGES[int(events.page[event])]
        person = int(sessions.person[row])
        kind = int(self._people.devices.kind[int(sessions.device[row])])
        first = int(events.ordinal[event]) == 0
        name = EVENT_NAMES[code]
        app = kind == APP
        if app and code == VIEW:
            name = "screen_view"
        elif code == READ:
            name = "advice_read"
        email = phone = ""
        if code not in (VIEW, READ) and page.step >= 2 and sessions.form[row] and kind == BRAND:
            email = self._ids.email(person)
            if person % 2:
                phone = spell_number(self._ids.personal_number(person), person)
        query = f"?{visit.query}" if first and visit.query else ""
        before = int(events.referrer[event])
        came_from = visit.referrer if before < 0 else f"https://{visit.host}{PAGES[before].path}"
        values = {"product_id": PRODUCTS[page.product].product_id} if page.product >= 0 else {}
        utm = visit.utm if first else NO_UTM
        return [
            event_id,
            name,
            stamp_ms(int(events.ms[event])) + "Z",
            visit.visitor,
            visit.session,
            visit.login,
            email,
            phone,
            f"app://passerelle{page.path}" if app else f"https://{visit.host}{page.path}{query}",
            page.title,
            "" if app else came_from,
            *utm,
            visit.click if first else "",
            visit.agent,
            "app" if app else BRAND_HOST,
            "passerelle-app" if app else "moto-passion",
            "mob" if app else "web",
            visit.consent,
            json.dumps({**values, "step": page.step} if page.step else values),
        ]


def consent_text(people: People, device: int, at: int) -> str:
    """`granted`, `denied`, or nothing where the banner wasn't answered."""
    devices = people.devices
    if not devices.granted[device]:
        return "" if device % 11 == 0 else "denied"
    return "granted" if at < devices.withdrawn_at[device] else "denied"


def session_numbers(sessions: Sessions, people: People) -> Ints:
    """How many-th visit of its cookie jar each visit is, from 1."""
    reset = people.devices.reset_at[np.maximum(sessions.device, 0)]
    jar = sessions.device * 2 + (sessions.at >= reset)
    jar = np.where(sessions.kind == BOT, -np.arange(len(sessions)) - 100, jar)
    order = np.argsort(jar, kind="stable")
    new = np.concatenate([[True], jar[order][1:] != jar[order][:-1]])
    start = np.maximum.accumulate(np.where(new, np.arange(order.size), 0))
    out = np.empty(order.size, dtype=np.int64)
    out[order] = np.arange(order.size) - start + 1
    return out
