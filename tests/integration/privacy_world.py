"""A small landing zone of three people, and where a text stands in a home and a landing zone."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World

AS_OF = "2026-10-31T22:00:00Z"
#: Alice goes; Bob shares a landline and a contract with her, Carol her old number.
ALICE = {
    "customer_id": "C0001001",
    "email": "alice.martin@example.org",
    "phone": "+33612345601",
    "visitor_id": "v-alice-5f0c91ab",
    "login_id": "amartin77",
    "social_handle": "alicem_lyon",
}
#: The same in other writings, and what she alone is known by beside them.
WRITINGS = (
    "Alice.Martin@Example.org",
    "06 12 34 56 01",
    "0612345601",
    "alice.martin%40example.org",
)
SECOND_VISITOR = "v-alice-77aa01cd"
LANDLINE = "0478000111"
OLD_NUMBER = "+33612345699"
CUSTOMERS = """\
customer_id,kind,first_name,last_name,birth_date,address_line,postcode,city,household_id
C0001001,person,Alice,Martin,1980-02-03,1 rue X,69001,Lyon,H1
C0002002,person,Bob,Martin,1979-05-06,1 rue X,69001,Lyon,H1
C0003003,person,Carol,Petit,1990-07-08,2 rue Y,75002,Paris,H2
"""
IDENTIFIERS = f"""customer_id,kind,value,valid_from,valid_to
C0001001,email,alice.martin@example.org,2020-01-01T00:00:00Z,
C0001001,phone,06 12 34 56 01,2020-01-01T00:00:00Z,
C0001001,phone,{LANDLINE},,
C0001001,phone,{OLD_NUMBER},2020-01-01T00:00:00Z,2026-09-01T00:00:00Z
C0001001,login_id,amartin77,,
C0001001,visitor_id,v-alice-5f0c91ab,,
C0001001,visitor_id,v-alice-77aa01cd,,
C0001001,social_handle,AliceM_Lyon,,
C0002002,email,bob.martin@example.org,,
C0002002,phone,{LANDLINE},,
C0003003,email,malice.martin@example.org,,
C0003003,phone,{OLD_NUMBER},2026-09-01T00:00:00Z,
"""
CONTACTS = """contact_id,channel,direction,customer_id,visitor_id,email,phone,occurred_at,subject
X1,email,inbound,C0001001,,Alice.Martin@Example.org,,2026-10-02T09:00:00Z,quote
X2,email,inbound,,,,06 12 34 56 01,2026-10-02T10:00:00Z,quote
X3,email,inbound,C0002002,,bob.martin@example.org,,2026-10-02T11:00:00Z,quote
X4,email,inbound,,,malice.martin@example.org,,2026-10-02T12:00:00Z,quote
X5,email,inbound,C0001001,,alice.martin@example.org,,the day before yesterday,quote
X6,email,inbound,C0002002,,bob.martin@example.org,,soon,quote
"""
CALLS = f"""\
call_id,direction,caller_number,dialled_number,started_at,ended_at,outcome,queue,customer_id
A1,inbound,0612345601,0800111222,2026-10-02T09:00:00Z,2026-10-02T09:05:00Z,answered,loans,
A2,inbound,{LANDLINE},0800111222,2026-10-02T10:00:00Z,2026-10-02T10:05:00Z,answered,loans,
A3,inbound,{OLD_NUMBER},0800111222,2026-08-02T10:00:00Z,2026-08-02T10:05:00Z,answered,loans,
A4,inbound,{OLD_NUMBER},0800111222,2026-10-03T10:00:00Z,2026-10-03T10:05:00Z,answered,loans,
A5,inbound,{LANDLINE},0800111222,2026-10-04T10:00:00Z,2026-10-04T10:05:00Z,answered,loans,C0001001
A6,outbound,0800111222,+33612345601,2026-10-05T10:00:00Z,2026-10-05T10:05:00Z,answered,loans,
"""
TRANSCRIPTS = (
    '{"call_id": "A1", "segment_index": 1, "speaker": "customer", "text": "Bonjour"}\n'
    '{"call_id": "A4", "segment_index": 1, "speaker": "customer", "text": "Bonsoir"}\n'
    '{"call_id": "A2", "segment_index": 1, "speaker": "customer", '
    '"text": "mon numéro, le 06 12 34 56 01"}\n'
    '{"call_id": "A2", "segment_index": 2, "speaker": "adviser", "text": "merci"}\n'
    '{"call_id": "A2", "segment_index": 3, "speaker": \n'
)
WEB = """\
event_id,event_name,occurred_at,visitor_id,login_id,email,page_url,page_title,properties,mood
e1,page_view,2026-10-02T08:00:00Z,v-alice-5f0c91ab,,,https://b.example/a,A,,
e2,page_view,2026-10-02T08:01:00Z,v-bob-00112233,,,https://b.example/a,A,"{""note"":
""two lines""}",
e3,page_view,2026-10-02T08:02:00Z,v-dave-44556677,,,https://b.example/q?mail=alice.martin%40example.org,A,,
e4,page_view,2026-10-02T08:03:00Z,v-alice-77aa01cd,,,https://b.example/b,"A, again
on two lines",,
e5,page_view,2026-10-02T08:04:00Z,v-erin-88990011,,,https://b.example/b,B,"{""ref"": ""C0001001""}",
e6,page_view,2026-10-02T08:05:00Z,v-fred-22334455,,,https://b.example/b,B,,of v-alice-5f0c91ab
e7,page_view,2026-10-02T08:06:00Z,v-bob-00112233,,bob.martin@example.org,https://b.example/b,B,,fine
"""
SEGMENT = "".join(
    json.dumps({"messageId": m, "type": "page", "anonymousId": v, "timestamp": t, **more}) + "\n"
    for m, v, t, more in (
        ("m1", "v-alice-5f0c91ab", "2026-10-03T08:00:00Z", {}),
        ("m2", "v-bob-00112233", "2026-10-03T08:01:00Z", {}),
        ("m3", "v-gina-99887766", "2026-10-03T08:02:00Z", {"custom": {"who": "AliceM_Lyon"}}),
        ("m4", "v-hugo-55443322", "2026-10-03T08:03:00Z", {"userId": "amartin77"}),
    )
)
TWILIO = {
    "calls": [
        {"sid": f"CA{n}", "from": number, "to": "+33800111222", "status": "completed",
         "direction": "inbound", "date_created": "Fri, 02 Oct 2026 09:00:00 +0000",
         "start_time": "Fri, 02 Oct 2026 09:00:00 +0000", "duration": "60"}
        for n, number in enumerate(("+33612345601", "+33698765432", "+33612345601"), start=1)
    ]
}  # fmt: skip
SURVEYS = {
    "response_id": ["R1", "R2", "R3"],
    "question_id": ["q1", "q1", "q1"],
    "kind": ["nps", "nps", "nps"],
    "scale_min": ["0", "0", "0"],
    "scale_max": ["10", "10", "10"],
    "score": ["9", "4", "7"],
    "verbatim": ["merci", "rappeler alice.martin@example.org", "ok"],
    "answered_at": ["2026-10-02T12:00:00Z"] * 3,
    "respondent_kind": ["customer_id", "customer_id", "customer_id"],
    "respondent": ["C0001001", "C0002002", "C0003003"],
}
FILES = {
    "crm/customers/customers_2026-10-30.csv": CUSTOMERS,
    "crm/identifiers/identifiers_2026-10-30.csv.gz": IDENTIFIERS,
    "crm/contacts/contacts_2026-10-30.csv": CONTACTS,
    "crm/contracts/contracts_2026-10-30.csv": (
        "contract_id,customer_id,role,product_id,opened_at\n"
        "K1,C0001001,holder,P1,2024-01-01T00:00:00Z\nK2,C0001001,holder,P1,2024-01-01T00:00:00Z\n"
        "K2,C0002002,co_holder,P1,2024-01-01T00:00:00Z\n"
    ),
    "crm/lead_outcomes/outcomes_2026-10-30.csv": (
        "target_id,attempted_at,result,contract_id\nT1,2026-10-01T09:00:00Z,sold,K1\n"
        "T2,2026-10-01T09:00:00Z,sold,K2\n"
    ),
    "crm/identity_decisions/decisions_2026-10-30.csv": (
        "left_customer_id,right_customer_id,decision,decided_at\n"
        "C0001001,C0003003,different,2026-10-01T09:00:00Z\n"
        "C0002002,C0003003,different,2026-10-01T09:00:00Z\n"
    ),
    "crm/consents/consents_2026-10-30.csv": (
        "consent_id,subject_kind,subject,purpose,status,at\n"
        "N1,email,alice.martin@example.org,email_prospecting,granted,2026-01-01T00:00:00Z\n"
        "N2,visitor_id,v-bob-00112233,navigation_linking,granted,2026-01-01T00:00:00Z\n"
    ),
    "call_records/flat/calls_2026-10-30.csv": CALLS,
    "call_records/transcripts/words_2026-10-30.jsonl": TRANSCRIPTS,
    "call_records/twilio/page_2026-10-30.json": json.dumps(TWILIO, indent=1),
    "web_tags/flat/events_2026-10-30.csv.zst": WEB,
    "web_tags/segment/events_2026-10-30.jsonl.gz": SEGMENT,
    "social/follows/follows_2026-10-30.csv": (
        "platform,follower,followed,since\nmastodon,AliceM_Lyon,banque,2026-01-01T00:00:00Z\n"
        "mastodon,bobm,banque,2026-01-01T00:00:00Z\n"
    ),
    # Lacks a required column: rejected, and yet it stands there.
    "crm/orders/orders_2026-10-30.csv": ("order_number,customer_id\nO1,C0001001\nO2,C0002002\n"),
}


def put(world: World, relative: str, text: str) -> Path:
    """Write a file as its name says."""
    data = text.encode()
    if relative.endswith(".gz"):
        data = gzip.compress(data)
    if relative.endswith(".zst"):
        data = zstandard.compress(data)
    return world.put(relative, data)


def fill(world: World) -> None:
    """The landing zone, a lead file, a log and a page."""
    for relative, text in FILES.items():
        put(world, relative, text)
    path = world.landing / "surveys/flat/answers_2026-10-30.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(SURVEYS), path)
    # Cut off in the middle: nobody can read it to its end.
    world.put("crm/cases/cases_2026-10-30.csv.gz", gzip.compress(CUSTOMERS.encode())[:-20])


def fill_home(world: World, digest: str) -> None:
    """What other parts of the product leave in a home."""
    for relative, text in {
        "outbox/leads_2026-10-30.csv": "target_id,phone\nT1,0612345601\nT2,0478000999\n",
        "logs/deliver.log": f"sent to {ALICE['email']}\nsent to bob.martin@example.org\n",
        "reports/page.html": f"<p>{digest} and others</p>",
        "state/cache.json": json.dumps({"last": ALICE["visitor_id"]}),
    }.items():
        path = world.home / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def passerelle(
    world: World, *arguments: str, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command line, for commands that need no dbt."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**world.environment, **environment},
        capture_output=True,
        input=stdin,
        text=True,
        check=False,
    )


def places(world: World, texts: Iterable[str]) -> dict[str, set[str]]:
    """Where each text stands, but not as the end of a longer word: columns of the warehouse, and
    files decompressed, the published database and Parquet included. Whatever the case."""
    patterns = {text: re.compile(rf"(?<![a-z]){re.escape(text.lower())}") for text in texts}
    found: dict[str, set[str]] = {text: set() for text in patterns}
    for place, content in _contents(world):
        for text, pattern in patterns.items():
            if pattern.search(content):
                found[text].add(place)
    return found


def _contents(world: World) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        for schema, table in con.execute(
            "select distinct schema_name, table_name from duckdb_columns() "
            "where not internal and schema_name <> 'seeds'"
        ).fetchall():
            rows = con.execute(f'select * from "{schema}"."{table}"')
            names = [column[0] for column in rows.description or []]
            for name, values in zip(names, zip(*rows.fetchall(), strict=True), strict=False):
                yield f"warehouse:{schema}.{table}.{name}", "\n".join(map(str, values)).lower()
    for folder in (world.home, world.landing):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                for content in _texts(path):
                    yield f"{folder.name}:{path.relative_to(folder).as_posix()}", content


def _texts(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        with suppress(EOFError):
            data = gzip.decompress(data)
    elif data[:4] == b"\x28\xb5\x2f\xfd":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    if data[:4] == b"PAR1":
        yield str(pq.read_table(path).to_pylist()).lower()
    elif data[8:12] == b"DUCK":
        if path.name != "warehouse.duckdb":
            yield _dump(path)
    elif data[:6] == b"SQLite":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as con:
            yield "\n".join(con.iterdump()).lower()
    yield data.decode("utf-8", errors="ignore").lower()


def _dump(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        return "\n".join(
            str(con.execute(f'select * from "{schema}"."{table}"').fetchall()).lower()
            for schema, table in tables
        )
