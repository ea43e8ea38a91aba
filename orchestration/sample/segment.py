"""The app's messages as Segment delivers them: JSON lines with four clocks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .config import PRODUCTS, WorldConfig
from .ids import Ids, spell_number
from .journeys import Sessions
from .pages import EVENT_NAMES, PAGES, PING, READ, VIEW, DayEvents
from .snowplow import Visit, stamp_ms
from .writers import TextFile, day_text, may_break, write_text

#: Milliseconds that a message is on its way.
_TRAVEL = 80


class SegmentWriter:
    """Writes a day's messages; counts those written, and those broken on purpose."""

    def __init__(self, cfg: WorldConfig, ids: Ids, out: Path) -> None:
        self._cfg, self._ids = cfg, ids
        self._folder = out / "web_tags" / "segment"
        self.events = 0
        self.broken = 0
        write_text(
            self._folder / "_source.yml",
            "consent_field: context.consent.categoryPreferences.navigation_linking\n",
        )

    def write_day(
        self, day: int, events: DayEvents, visits: list[Visit], sessions: Sessions, rows: list[int]
    ) -> None:
        """Write the messages of `rows` of the day's events; some are delivered twice."""
        rng = self._cfg.rng(61, day)
        rows = [event for event in rows if events.code[event] != PING]
        draw = rng.random(len(rows))
        waits = rng.integers(20, 2_000, len(rows))
        # Now and then a telephone is out of reach, and its messages wait.
        waits = np.where(rng.random(len(rows)) < 0.02, waits * 400, waits)
        hexes = rng.bytes(48 * len(rows)).hex()
        broken = 0
        with TextFile(self._folder / f"messages_{day_text(day)}.json.gz") as file:
            for i, event in enumerate(rows):
                row, ms = int(events.session[event]), int(events.ms[event])
                visit = visits[row]
                keys = [hexes[96 * i + start : 96 * i + start + 32] for start in (0, 32, 64)]
                wait = min(int(waits[i]), max(0, self._cfg.end * 1000 - ms - _TRAVEL))
                messages = [self._message(events, event, visit, keys[0])]
                is_view = int(events.code[event]) == VIEW
                if is_view and int(events.ordinal[event]) == 0 and visit.login:
                    messages.append(self._identify(visit, int(sessions.person[row]), keys[1]))
                if is_view and PAGES[int(events.page[event])].path.endswith("/documents"):
                    opened = self._common("track", visit, keys[2])
                    messages.append({**opened, "event": "document_opened", "properties": {}})
                for message in messages:
                    clocks = self._clocks(ms, visit.skew * 1000, wait)
                    line = json.dumps({**message, **clocks}, ensure_ascii=False)
                    if draw[i] > 0.998 and may_break(broken, len(rows)):
                        line = line[: len(line) // 2]
                        broken += 1
                    file.write(line + "\n")
                    self.events += 1
                    if draw[i] < 0.02:
                        # The answer got lost on its way, so the library sent it again.
                        again = self._clocks(ms, visit.skew * 1000, wait + 30_000)
                        file.write(json.dumps({**message, **again}, ensure_ascii=False) + "\n")
                        self.events += 1
        self.broken += broken

    @staticmethod
    def _clocks(ms: int, skew: int, wait: int) -> dict[str, str]:
        return {
            "originalTimestamp": stamp_ms(ms + skew) + "Z",
            "sentAt": stamp_ms(ms + skew + wait) + "Z",
            "receivedAt": stamp_ms(ms + wait + _TRAVEL) + "Z",
            "timestamp": stamp_ms(ms + _TRAVEL) + "Z",
        }

    def _identify(self, visit: Visit, person: int, key: str) -> dict[str, object]:
        traits = {
            "email": self._ids.email(person),
            "phone": spell_number(self._ids.personal_number(person), person),
        }
        message = self._common("identify", visit, key)
        return {**message, "traits": traits}

    def _message(self, events: DayEvents, event: int, visit: Visit, key: str) -> dict[str, object]:
        code, page = int(events.code[event]), PAGES[int(events.page[event])]
        properties: dict[str, object] = {"url": f"app://passerelle{page.path}"}
        if page.product >= 0:
            properties["product_id"] = PRODUCTS[page.product].product_id
        if page.step:
            properties["step"] = page.step
        if code == VIEW:
            message = self._common("screen", visit, key)
            message |= {"name": page.title, "properties": properties}
        else:
            message = self._common("track", visit, key)
            name = "advice_read" if code == READ else EVENT_NAMES[code]
            message |= {"event": name, "properties": properties}
        if int(events.ordinal[event]) == 0 and visit.utm.source:
            utm = visit.utm
            context = message["context"]
            assert isinstance(context, dict)
            context["campaign"] = {
                "source": utm.source,
                "medium": utm.medium,
                "name": utm.campaign,
                "content": utm.content,
                **({"term": utm.term} if utm.term else {}),
            }
        return message

    @staticmethod
    def _common(kind: str, visit: Visit, key: str) -> dict[str, object]:
        is_apple = "iOS" in visit.agent
        library = "analytics-swift" if is_apple else "analytics-kotlin"
        context: dict[str, object] = {
            "app": {"name": "Passerelle", "namespace": "com.passerelle.app", "version": "5.2"},
            "device": {
                "type": "ios" if is_apple else "android",
                "model": "iPhone15,2" if is_apple else "Pixel 9",
            },
            "ip": "198.51.100.7",
            "library": {"name": library, "version": "1.9.1"},
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "userAgent": visit.agent,
        }
        if visit.consent:
            said = visit.consent == "granted"
            context["consent"] = {
                "categoryPreferences": {"Analytics": said, "navigation_linking": said}
            }
        return {
            "anonymousId": visit.visitor,
            "channel": "mobile",
            "context": context,
            "integrations": {},
            "messageId": f"{key[:8]}-{key[8:12]}-4{key[13:16]}-b{key[17:20]}-{key[20:]}",
            "type": kind,
            "userId": visit.login or None,
            "version": 2,
        }
