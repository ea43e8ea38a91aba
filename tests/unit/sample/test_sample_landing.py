"""What the sample world delivers: columns, sizes, clocks, and the faults it must contain."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
import yaml
from sample_columns import EXPECTED
from sample_helpers import World, master, rows_of, snowplow

from orchestration.sample import write_sample
from orchestration.sample.columns import SNOWPLOW

EVENT_ID, COLLECTOR, CREATED = (
    SNOWPLOW.index(name) for name in ("event_id", "collector_tstamp", "dvce_created_tstamp")
)


def fingerprint(out: Path) -> dict[str, str]:
    files = sorted(p for p in out.rglob("*") if p.is_file())
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_sample(tmp_path / name, customers=60, days=5, seed=seed)
    first, second, third = (fingerprint(tmp_path / name) for name in "abc")
    assert first == second
    assert first.keys() == third.keys()
    differing = [name for name in first if first[name] != third[name]]
    assert len(differing) > len(first) / 2


@pytest.mark.parametrize(
    "folder", sorted(set(EXPECTED) - {n for n in EXPECTED if n.startswith("truth")})
)
def test_headers_are_the_interface(world: World, folder: str) -> None:
    paths = sorted((world.out / folder).glob("*.csv"))
    assert paths
    expected = EXPECTED[folder].split()
    complete = 0
    for path in paths:
        header = path.open(encoding="utf-8").readline().rstrip("\n").split(",")
        if folder == "call_records/flat":
            assert header.pop() == "target_id"
        assert [name for name in expected if name in header] == header
        complete += header == expected
    # An older tag lacks two optional columns on two days.
    assert complete >= len(paths) - (2 if folder == "web_tags/flat" else 0)


def test_sizes_of_the_default_world(world: World) -> None:
    summary = world.summary
    assert 60_000 <= summary.web_events <= 110_000
    assert 4_000 <= summary.calls <= 6_500
    assert 300 <= summary.sales <= 900
    assert world.seconds < 20


def test_sizes_scale(tmp_path: Path) -> None:
    small = write_sample(tmp_path / "small", customers=100, days=6)
    large = write_sample(tmp_path / "large", customers=400, days=6)
    longer = write_sample(tmp_path / "longer", customers=100, days=18)
    assert 3 < large.web_events / small.web_events < 5
    assert 2 < longer.web_events / small.web_events < 4.5
    assert large.calls > 2 * small.calls


def test_clock_and_arguments(tmp_path: Path, world: World) -> None:
    assert (world.out / "as_of").read_text() == "2026-10-31T22:00:00Z\n"
    assert world.summary.as_of == datetime(2026, 10, 31, 22)
    end = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
    said: list[str] = []
    write_sample(tmp_path / "x", customers=40, days=4, ends_at=end, progress=said.append)
    assert (tmp_path / "x" / "as_of").read_text() == "2026-03-30T09:30:00Z\n"
    assert any("2026-03-28" in text for text in said)
    with pytest.raises(FileExistsError):
        write_sample(tmp_path / "x", customers=40, days=4)
    with pytest.raises(ValueError, match="customers"):
        write_sample(tmp_path / "y", customers=3)
    with pytest.raises(ValueError, match="days"):
        write_sample(tmp_path / "y", days=1)


def test_nothing_lies_after_the_end(world: World) -> None:
    end = "2026-10-31T22:00:00Z"
    times = {
        "crm/contacts": ("occurred_at",),
        "crm/contracts": ("opened_at", "closed_at"),
        "crm/cases": ("opened_at", "closed_at"),
        "crm/orders": ("ordered_at",),
        "crm/lead_outcomes": ("attempted_at",),
        "surveys/flat": ("answered_at",),
        "social/reviews": ("created_at", "updated_at", "replied_at"),
        "call_records/flat": ("started_at", "ended_at"),
        "call_records/number_leases": ("assigned_at", "last_seen_at", "released_at"),
        "ad_spend/flat": ("exported_at",),
    }
    for folder, columns in times.items():
        for row in rows_of(world.out / folder):
            assert all(row[column] <= end for column in columns), (folder, row)


def test_snowplow_lines(world: World) -> None:
    widths: Counter[int] = Counter()
    copies: dict[str, list[str]] = defaultdict(list)
    ahead = blank = total = 0
    days_of_session: dict[str, set[str]] = defaultdict(set)
    for day, fields in snowplow(world.out):
        total += 1
        widths[len(fields)] += 1
        if len(fields) != 131 or not fields[EVENT_ID] or fields[COLLECTOR].startswith("2026-13"):
            continue
        assert fields[COLLECTOR][:10] == day
        copies[fields[EVENT_ID]].append(fields[COLLECTOR])
        ahead += fields[CREATED] > fields[COLLECTOR]
        blank += not fields[SNOWPLOW.index("domain_userid")]
        days_of_session[fields[SNOWPLOW.index("domain_sessionid")]].add(day)
        contexts = json.loads(fields[SNOWPLOW.index("contexts")])["data"]
        assert contexts[0]["data"]["id"]
        if len(contexts) > 1:
            assert contexts[1]["schema"] == "iglu:com.passerelle/consent/jsonschema/1-0-0"
            assert contexts[1]["data"]["navigation_linking"] in ("granted", "denied")
    assert widths[131] / total > 0.995
    assert len(widths) > 1
    twice = [times for times in copies.values() if len(times) > 1]
    assert twice
    assert all(len(set(times)) == len(times) for times in twice)
    assert ahead > 100
    assert blank > 10
    assert any(len(days) == 2 for key, days in days_of_session.items() if key)


def test_few_rows_break_their_type(world: World) -> None:
    broken = sum(row["occurred_at"] == "hier soir" for row in rows_of(world.out / "web_tags/flat"))
    total = sum(1 for _ in rows_of(world.out / "web_tags/flat"))
    assert 0 < broken < 0.005 * total
    waits = [row["wait_seconds"] for row in rows_of(world.out / "call_records/flat")]
    assert 0 < sum(not wait.isdigit() for wait in waits) < 0.01 * len(waits)


def test_numbers_are_fiction_and_spelt_in_many_ways(world: World) -> None:
    spelt = [
        row["value"] for row in rows_of(world.out / "crm/identifiers") if row["kind"] == "phone"
    ]
    spelt += [row["caller_number"] for row in rows_of(world.out / "call_records/flat")]
    spelt += [row[1] for row in master(world.out) if len(row) == 18]
    styles = Counter("0033" if s.startswith("0033") else s[:1] for s in spelt)
    assert {"0033", "+", "0"} <= set(styles)
    fiction = ("019900", "026191", "035301", "046571", "053649", "063998")
    withheld = short = 0
    for text in set(spelt):
        digits = "".join(c for c in text if c.isdigit())
        if not digits:
            withheld += 1
        elif len(digits) < 6:
            short += 1
        else:
            parsed = phonenumbers.parse(text, "FR")
            national = f"0{parsed.national_number}"
            assert national.startswith(fiction), text
            assert phonenumbers.is_valid_number(parsed) or national.startswith("063998")
    assert withheld
    assert short


def test_asterisk_rows_and_the_doubled_hour(world: World) -> None:
    rows = [row for row in master(world.out) if len(row) == 18]
    assert len(master(world.out)) - len(rows) <= 4
    paris = ZoneInfo("Europe/Paris")
    legs: Counter[str] = Counter()
    folds: Counter[int] = Counter()
    crossing = 0
    for row in rows:
        if "20xx" in row[9]:
            continue
        legs[row[16]] += 1
        start = datetime.strptime(row[9], "%Y-%m-%d %H:%M:%S").replace(tzinfo=paris)
        end = datetime.strptime(row[11], "%Y-%m-%d %H:%M:%S").replace(tzinfo=paris)
        began = datetime.fromtimestamp(float(row[16].split(".")[0]), UTC)
        if "2026-10-25 02" <= row[9] < "2026-10-25 03":
            fold = int(began >= datetime(2026, 10, 25, 1, tzinfo=UTC))
            folds[fold] += 1
            start = start.replace(fold=fold)
        elif not "2026-10-25 02" <= row[11] < "2026-10-25 03":
            # Away from the doubled hour wall clock and duration agree.
            assert end - start in (timedelta(seconds=int(row[12])),) or "10-25" in row[9]
        crossing += row[11] < row[9]
        lag = (start.astimezone(UTC) - began).total_seconds()
        assert 0 <= lag < 3600 * 2
        assert (row[10] == "") == (row[14] == "NO ANSWER")
    assert folds[0] > 2
    assert folds[1] > 2
    assert crossing > 0
    assert max(legs.values()) >= 4


def test_leases_recycle_overflow_and_never_overlap(world: World) -> None:
    rows = list(rows_of(world.out / "call_records/number_leases"))
    reasons = Counter(row["reason"] for row in rows)
    assert set(reasons) == {"new", "renewed", "overflow"}
    by_number: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        if row["reason"] != "overflow":
            until = row["released_at"] or "9999"
            by_number[row["number"]].append((row["assigned_at"], until))
    assert max(len(leases) for leases in by_number.values()) > 10
    for leases in by_number.values():
        leases.sort()
        pairs = itertools.pairwise(leases)
        assert all(left[1] <= right[0] for left, right in pairs)


def test_settings_and_redeliveries(world: World) -> None:
    for path in world.out.rglob("_source.yml"):
        settings = yaml.safe_load(path.read_text())
        assert set(settings) <= {"time_zone", "currency", "delivery", "consent_field"}
    assert not (world.out / "truth" / "_source.yml").exists()
    spend = world.out / "ad_spend" / "flat"
    again = next(spend.glob("resend_*.csv"))
    assert again.read_bytes() == (spend / again.name.replace("resend", "spend")).read_bytes()
    assert len(list(spend.glob("*_corrected.csv"))) == 1
    texts = [row["verbatim"] for row in rows_of(world.out / "surveys/flat")]
    assert any("\n" in text for text in texts)
    assert any('"' in text for text in texts)
    assert any("é" in text for text in texts)
    logins = [row["login_id"] for row in rows_of(world.out / "web_tags/flat")]
    assert any("@" in login for login in logins)
    assert any(login and "@" not in login for login in logins)


def test_journeys_are_complete(world: World) -> None:
    names: Counter[str] = Counter()
    media: Counter[str] = Counter()
    bots = 0
    for _, fields in snowplow(world.out):
        if len(fields) == 131:
            names[fields[SNOWPLOW.index("event_name")]] += 1
            media[fields[SNOWPLOW.index("mkt_medium")]] += 1
            bots += "bot" in fields[SNOWPLOW.index("useragent")].lower()
    wanted = {"page_view", "page_ping", "quote_step", "quote_completed", "click_to_call"}
    assert wanted | {"callback_request", "event"} == set(names)
    assert {"cpc", "paid_social", "display", "email", "affiliate", "sms", ""} == set(media)
    assert bots > 300
