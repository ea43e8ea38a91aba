"""Calls as Twilio's API and a connector write them, for tests."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

CUSTOMER, OWN = "+33612345678", "+33801020304"
SIXTEEN_DIGITS = 9007199254740993


def mail_date(seconds: float | None) -> str | None:
    """An instant as Twilio writes it, seconds after 09:00 UTC."""
    if seconds is None:
        return None
    moment = datetime(2026, 10, 6, 9, tzinfo=ZoneInfo("UTC")) + timedelta(seconds=seconds)
    return format_datetime(moment)


def leg(
    sid: str | int,
    start: float,
    end: float | None,
    status: str = "completed",
    parent: str | None = None,
    direction: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A Call resource; a completed one lasts from start to end unless `duration` is given."""
    spoken = str(int(end - start)) if status == "completed" and end is not None else None
    return {
        "sid": sid,
        "parent_call_sid": parent,
        "account_sid": "AC0",
        "status": status,
        "direction": direction or ("outbound-dial" if parent else "inbound"),
        "from": CUSTOMER,
        "to": OWN,
        "start_time": mail_date(start),
        "end_time": mail_date(end),
        "duration": spoken,
        "queue_time": "0",
        "answered_by": None,
        "date_created": mail_date(start),
        "date_updated": mail_date(start if end is None else end),
        "price": "-0.0085",
        "price_unit": "USD",
        "uri": f"/2010-04-01/Accounts/AC0/Calls/{sid}.json",
        "subresource_uris": {"recordings": "/r.json"},
        **more,
    }


def legs() -> list[dict[str, Any]]:
    """Calls as Twilio tells them, each leg a row."""
    to_a17 = {"to": "client:A17"}
    return [
        leg(SIXTEEN_DIGITS, 0, 30),
        # Rings one adviser in vain, another answers after 6 s, a third takes over.
        leg("answered", 0, 200),
        leg("answered-1", 10, 25, "no-answer", "answered", **to_a17),
        leg("answered-2", 25, 91, parent="answered", duration="60", to="client:A18"),
        leg("answered-3", 95, 198, parent="answered", duration="100", to="client:A19"),
        # The caller hangs up while it rings: 3 s after the greeting.
        leg("short", 0, 33),
        leg("short-1", 30, 33, "canceled", "short", **to_a17),
        leg("unanswered", 0, 60),
        leg("unanswered-1", 20, 50, "no-answer", "unanswered"),
        leg("busy", 0, 20),
        leg("busy-1", 15, 20, "busy", "busy"),
        leg("alone", 0, 45, queue_time="12400"),
        leg("hung up", 0, 0),
        leg("canceled", 0, 7, "canceled"),
        leg("machine", 0, 30, direction="outbound-api", answered_by="machine_end_beep"),
        leg("api", 0, 40, direction="outbound-api", to="+33699887766", **{"from": OWN}),
        leg("api busy", 0, 2, "busy", direction="outbound-api"),
        # An adviser's own call comes in from a client.
        leg("own", 0, 80, to="", **{"from": "client:A17"}),
        leg("own-1", 2, 79, parent="own", duration="70", to="+33699887766", **{"from": OWN}),
        # A dial within a dial.
        leg("deep", 0, 100),
        leg("deep-1", 5, 100, parent="deep"),
        leg("deep-1-1", 20, 99, parent="deep-1", duration="70", to="client:A20"),
        # The leg that dialled isn't delivered.
        leg("orphan-1", 0, 30, parent="orphan", to="+33699887766"),
        leg("open", 0, None, "in-progress"),
        leg("open-1", 3, 9, parent="open"),
        leg("queued", 0, None, "queued", direction="outbound-api", start_time=None),
        leg("e-mail", 0, 30),
        leg("e-mail-1", 5, 30, parent="e-mail", to="client:marie_2Ecurie_40example_2Eorg"),
        *(
            leg(f"withheld {number}", 0, 30, **{"from": number})
            for number in ("anonymous", "+266696687", "Restricted", "sip:anonymous@x.invalid")
        ),
        leg("sip", 0, 30, **{"from": "sip:+33612345678@10.1.1.1;user=phone"}),
    ]


def lines(records: list[dict[str, Any]]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


def fivetran(records: list[dict[str, Any]]) -> str:
    """The same legs as a connector writes them: other names, ISO times, no empty words."""
    names = {"sid": "id", "parent_call_sid": "parent_call_id", "date_created": "created_at"}
    names |= {"date_updated": "updated_at", "account_sid": "account_id"}
    kept = [n for n in records[0] if n not in ("uri", "subresource_uris")]
    rows = [",".join(names.get(name, name) for name in kept)]
    for record in records:
        values = []
        for name in kept:
            value = record[name]
            if value and ("time" in name or "date" in name) and name != "queue_time":
                moment = parsedate_to_datetime(value)
                value = moment.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
            values.append("" if value is None else str(value))
        rows.append(",".join(values))
    return "\n".join(rows) + "\n"
