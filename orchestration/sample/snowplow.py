"""Snowplow's enriched event: 131 fields, spelt from the shared parts of a visit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from .columns import SNOWPLOW
from .config import DAY, PRODUCTS
from .pages import EVENT_NAMES, PAGES, PING, READ, VIEW
from .writers import HMS, day_text

_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
_WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
_UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
SPIDERS = "iglu:com.iab.snowplow/spiders_and_robots/jsonschema/1-0-0"
_CONSENT = "iglu:com.passerelle/consent/jsonschema/1-0-0"
# Columns at which a line is cut into pieces that are filled per event, page or visit.
_PAGE_PART = SNOWPLOW.index("page_url"), SNOWPLOW.index("refr_urlscheme")


class Utm(NamedTuple):
    """What the link of a campaign says, in the order of the flat format's columns."""

    source: str
    medium: str
    campaign: str
    content: str
    term: str


NO_UTM = Utm("", "", "", "", "")


@dataclass(frozen=True)
class Visit:
    """What every event of a visit shares, spelt once."""

    visitor: str
    session: str
    agent: str
    host: str
    login: str
    consent: str
    query: str
    referrer: str
    utm: Utm
    contexts: tuple[str, str]
    click: str
    before: str
    after: str
    derived: str
    skew: int
    is_bot: bool


def stamp_ms(ms: int) -> str:
    """`2026-10-05T09:30:00.250` for epoch milliseconds."""
    second, rest = divmod(ms, 1000)
    day, second = divmod(second, DAY)
    return f"{day_text(day)}T{HMS[second]}.{rest:03d}"


def context_json(parts: list[tuple[str, dict[str, object]]]) -> str:
    """Snowplow's envelope around contexts, as schema and data."""
    data = [{"schema": schema, "data": values} for schema, values in parts]
    return json.dumps({"schema": _CONTEXTS, "data": data}, separators=(",", ":"))


def constant_parts(
    visitor: str, number: int, login: str, address: str, agent: str, mobile: bool
) -> tuple[str, str]:
    """Two runs of columns that a visit's events share: from txn_id, and from useragent on."""
    first = dict.fromkeys(SNOWPLOW[SNOWPLOW.index("txn_id") : _PAGE_PART[0]], "")
    first.update(
        name_tracker="sp",
        v_tracker="js-4.6.0",
        v_collector="ssc-3.2.0-kafka",
        v_etl="snowplow-enrich-kafka-5.1.0",
        user_id=login,
        user_ipaddress=address,
        domain_userid=visitor,
        domain_sessionidx=str(number),
        geo_country="FR",
    )
    last = dict.fromkeys(SNOWPLOW[SNOWPLOW.index("useragent") : SNOWPLOW.index("mkt_clickid")], "")
    last.update(
        useragent=agent,
        br_lang="fr-FR",
        br_cookies="1",
        os_timezone="Europe/Paris",
        dvce_type="Mobile" if mobile else "Computer",
        dvce_ismobile="1" if mobile else "0",
        dvce_screenwidth="390" if mobile else "1920",
        dvce_screenheight="844" if mobile else "1080",
        doc_charset="UTF-8",
        geo_timezone="Europe/Paris",
    )
    return "\t".join(first.values()), "\t".join(last.values())


_TABS_SE = "\t".join([""] * 5)
_TABS_TR = "\t".join([""] * 14)
_NO_MARKETING, _NO_CLICK = "\t\t\t\t", "\t"


@cache
def _page_parts(host: str, number: int) -> tuple[str, str, str]:
    """Address, title and the address's pieces of a page."""
    page = PAGES[number]
    return f"https://{host}{page.path}", page.title, f"https\t{host}\t443\t{page.path}\t"


@cache
def _referrer_parts(host: str, number: int, outside: str) -> tuple[str, str]:
    """The referring address and its pieces: a page of ours, a site, or nothing."""
    if number >= 0:
        before = PAGES[number].path
        return f"https://{host}{before}", f"https\t{host}\t443\t{before}\t\t\tinternal\t\t"
    if not outside:
        return "", "\t\t\t\t\t\t\t\t"
    name = outside[8:-1]
    medium = "search" if "google" in name else "social" if "facebook" in name else "unknown"
    source = {"search": "Google", "social": "Facebook"}.get(medium, "")
    return outside, f"https\t{name}\t443\t/\t\t\t{medium}\t{source}\t"


@cache
def _event_parts(code: int, number: int) -> tuple[str, str, str]:
    """An event's kind; its columns from se_category to pp_yoffset_max; its name and vendor."""
    page, name = PAGES[number], EVENT_NAMES[code]
    kind = {VIEW: "page_view", PING: "page_ping", READ: "struct"}.get(code, "unstruct")
    vendor = "com.snowplowanalytics.snowplow" if code in (VIEW, PING) else "com.passerelle"
    vendor = "com.google.analytics" if code == READ else vendor
    structured, unstructured = _TABS_SE[:-1], ""
    if code == READ:
        structured = f"conseil\tlecture\t{page.path}\t"
    elif kind == "unstruct":
        product = PRODUCTS[page.product].product_id if page.product >= 0 else ""
        unstructured = (
            f'{{"schema":"{_UNSTRUCT}","data":{{"schema":"iglu:com.passerelle/{name}/jsonschema/'
            f'1-0-0","data":{{"product_id":"{product}","step":{page.step}}}}}}}'
        )
    offsets = "0\t0\t0\t1200" if code == PING else "\t\t\t"
    middle = f"{structured}\t\t{unstructured}\t{_TABS_TR}\t{offsets}"
    return kind, middle, f"{vendor}\t{name}\tjsonschema\t1-0-0\t\t\n"


def context_head(consent: str) -> tuple[str, str]:
    """What stands before and after the page view's id in the contexts."""
    more = f',{{"schema":"{_CONSENT}","data":{{"navigation_linking":"{consent}"}}}}'
    head = f'{{"schema":"{_CONTEXTS}","data":[{{"schema":"{_WEB_PAGE}","data":{{"id":"'
    return head, f'"}}}}{more if consent else ""}]}}'


class Stamps:
    """Spells epoch milliseconds as `2026-10-05 09:30:00.250`, quickest on its own day."""

    def __init__(self, day: int) -> None:
        self._first = day * DAY
        self._text = day_text(day)

    def __call__(self, ms: int) -> str:
        """The text of an instant."""
        second, rest = divmod(ms, 1000)
        place = second - self._first
        if 0 <= place < DAY:
            return f"{self._text} {HMS[place]}.{_MILLIS[rest]}"
        day, second = divmod(second, DAY)
        return f"{day_text(day)} {HMS[second]}.{_MILLIS[rest]}"


_MILLIS = [f"{rest:03d}" for rest in range(1000)]


def snowplow_line(
    stamp: Stamps,
    visit: Visit,
    event_id: str,
    ms: int,
    collector: int,
    code: int,
    page: int,
    ordinal: int,
    referrer: int,
    is_blank: bool,
) -> str:
    """One enriched event with its 131 fields; a blank one has lost its cookies."""
    created = ms + visit.skew * 1000
    kind, middle, tail = _event_parts(code, page)
    url, title, pieces = _page_parts(visit.host, page)
    came_from, from_pieces = _referrer_parts(visit.host, referrer, visit.referrer)
    marketing, clicks, query = _NO_MARKETING, _NO_CLICK, ""
    if ordinal == 0 and visit.query:
        query = visit.query
        url = f"{url}?{query}"
        utm = visit.utm
        marketing = f"{utm.medium}\t{utm.source}\t{utm.term}\t{utm.content}\t{utm.campaign}"
        network = {"G": "Google", "F": "Facebook"}.get(visit.click[:1], "")
        clicks = f"{visit.click}\t{network}"
    before, session = visit.before, visit.session
    head, foot = visit.contexts
    view = f"{session[:24]}{page:06x}{ordinal:06x}"
    if is_blank:
        before, session = before.replace(visit.visitor, "").replace("FR", ""), ""
    return (
        f"passerelle-web\tweb\t{stamp(collector + 90_000)}\t{stamp(collector)}\t"
        f"{stamp(created)}\t{kind}\t{event_id}\t{before}\t{url}\t{title}\t{came_from}\t"
        f"{pieces}{query}\t\t{from_pieces}\t{marketing}\t{head}{view}{foot}\t"
        f"{middle}\t{visit.after}\t{clicks}\t\t"
        f"{stamp(created + 30)}\t\t\t{visit.derived}\t{session}\t{stamp(collector - 30)}\t"
        f"{tail}"
    )


def break_line(line: str, shape: int) -> str:
    """A line as collectors and disks break them now and then."""
    if shape == 0:
        fields = line.split("\t")
        fields[SNOWPLOW.index("collector_tstamp")] = "2026-13-45 99:99:99"
        return "\t".join(fields)
    if shape == 1:
        return line.rstrip("\n").rsplit("\t", 9)[0] + "\n"
    if shape == 2:
        fields = line.split("\t")
        fields[SNOWPLOW.index("event_id")] = ""
        return "\t".join(fields)
    return line.rstrip("\n") + "\tsurplus\n"
