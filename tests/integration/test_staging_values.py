"""What leaves raw: no remark about a person, no adviser's name, no address in a user agent.

One landing zone holds a name and an address in every place that isn't made for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.integration.conftest import World

NAMES = ("Marie Curie", "marie.curie@example.org", "marie%40example.org", "Marie\u00a0Curie")
ADVISERS_TEST = "entities_adviser_ids_that_name_a_person"
#: Tables with an adviser's id: the CSV's columns before it, a row, and the model's column.
WITH_ADVISER = {
    "call_records/flat": ("call_id,direction,started_at,outcome", "{n},inbound,{t},answered"),
    "surveys/flat": ("response_id,question_id,kind,score", "{n},q,nps,9"),
    "crm/customers": ("customer_id", "{n}"),
    "crm/contacts": ("contact_id,channel,occurred_at", "{n},chat,{t}"),
    "crm/lead_outcomes": ("target_id,attempted_at,result", "{n},{t},refused"),
    "crm/quality_scores": ("call_id,criterion,score", "{n},tone,4"),
    "crm/advisers": ("team", "sales"),
    "crm/shifts": ("starts_at,ends_at", "{t},2026-10-30T17:00:00Z"),
}
CONTACTS = """contact_id,channel,occurred_at,adviser_id,subject,outcome,place
t1,chat,2026-10-30T09:00:00Z,a1,claim.water_damage,callback,Paris 9e
t2,chat,2026-10-30T09:00:00Z,a1,Mme Curie est furieuse,rappeler,
t3,chat,2026-10-30T09:00:00Z,a1,marie.curie@example.org,0612345678,chez marie.curie@example.org
t4,chat,2026-10-30T09:00:00Z,a1,,"sold; wants a call at 06 12 34 56 78",
"""
CLICKS = """event_id,event_name,occurred_at,visitor_id,click_id,utm_source,page_url,referrer_url
c1,page_view,2026-10-30T09:00:00Z,v,x1,google,https://bank.fr/a,
c2,page_view,2026-10-30T09:00:00Z,v,x1,bing,https://bank.fr/a,
c3,page_view,2026-10-30T09:00:00Z,v,x1,,https://bank.fr/a,https://m.facebook.com/
c4,page_view,2026-10-30T09:00:00Z,v,x1,newsletter,https://bank.fr/a,https://www.google.com/
c5,page_view,2026-10-30T09:00:00Z,v,x1,google,https://bank.fr/a?msclkid=y,
c6,page_view,2026-10-30T09:00:00Z,v,,google,https://bank.fr/a,
c7,page_view,2026-10-30T09:00:00Z,v,marie.curie@example.org,google,https://bank.fr/a,
"""
SNOWPLOW = """event_id,collector_tstamp,event,mkt_clickid,mkt_network,page_url,useragent
s1,2026-10-30 09:00:00,page_view,x1,Google,https://bank.fr/a,Mozilla/5.0 (X11)
s2,2026-10-30 09:00:00,page_view,x1,DoubleClick,https://bank.fr/a,App/1 (marie.curie@example.org)
s3,2026-10-30 09:00:00,page_view,x1,Microsoft,https://bank.fr/a,
s4,2026-10-30 09:00:00,page_view,x1,Elsewhere,https://bank.fr/a,
s5,2026-10-30 09:00:00,page_view,,Google,https://bank.fr/a?fbclid=z,
"""
AGENTS = """event_id,event_name,occurred_at,visitor_id,user_agent
u1,page_view,2026-10-30T09:00:00Z,v,Mozilla/5.0 (X11; Linux x86_64)
u2,page_view,2026-10-30T09:00:00Z,v,Mailer/2.0 (contact marie.curie@example.org)
"""


def with_advisers(columns: str, row: str, column: str) -> str:
    """A table whose rows differ in the adviser: a number, and each way to name a person."""
    lines = [f"{columns},{column}"]
    for number, adviser in enumerate(("A-17", *NAMES)):
        filled = row.format(n=f"k{number}", t=f"2026-10-30T0{number}:00:00Z")
        lines.append(f"{filled},{adviser}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world("2026-10-31T22:00:00Z")
    models = ["stg_web_tags__flat", "stg_web_tags__snowplow", "url_parameters", ADVISERS_TEST]
    for table, (columns, row) in WITH_ADVISER.items():
        column = "scored_by" if table == "crm/quality_scores" else "adviser_id"
        made.put(f"{table}/advisers_2026-10-30.csv", with_advisers(columns, row, column))
        models.append(f"stg_{table.replace('/', '__')}")
    made.put("crm/contacts/texts_2026-10-30.csv", CONTACTS)
    made.put("web_tags/flat/clicks.csv", CLICKS)
    made.put("web_tags/flat/agents.csv", AGENTS)
    made.put("web_tags/snowplow/events.csv", SNOWPLOW)
    report = made.ingest()
    assert [file.path for file in report.files if file.rows_quarantined or file.reason] == []
    selected = "--indirect-selection", "empty", "--select", *models
    done = made.dbt("build", "--quiet", "--write-json", *selected)
    assert done.returncode == 0, done.stdout[-3000:]
    return made


def test_no_text_of_staging_names_the_person(world: World) -> None:
    views = world.rows("select view_name from duckdb_views() where schema_name = 'staging'")
    assert len(views) == len(WITH_ADVISER) + 2
    for (view,) in views:
        ((shown,),) = world.rows(
            f"select count(*) from staging.{view} as shown where regexp_matches("
            "cast(to_json(shown) as varchar), '(?i)curie|marie|furieuse|wants|06.?12.?34.?56.?78')"
        )
        assert shown == 0, view


@pytest.mark.parametrize("table", WITH_ADVISER)
def test_an_adviser_is_a_pseudonym_or_nobody(world: World, table: str) -> None:
    column = "scored_by" if table == "crm/quality_scores" else "adviser_id"
    advisers = [
        row[0]
        for row in world.rows(
            f"select {column} from staging.stg_{table.replace('/', '__')} "
            f"where {column} is distinct from 'a1'"
        )
    ]
    # Without their adviser, presence and master data are nobody's; other rows stay.
    left = [] if table in ("crm/advisers", "crm/shifts") else [None] * len(NAMES)
    assert sorted(advisers, key=str) == sorted(["A-17", *left], key=str)


def test_adviser_ids_that_name_a_person_are_counted(world: World) -> None:
    results = json.loads((world.home / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    (found,) = [r for r in results["results"] if ADVISERS_TEST in r["unique_id"]]
    assert found["status"] == "warn"
    assert found["failures"] == len(WITH_ADVISER)


def test_a_remark_is_no_code(world: World) -> None:
    found = world.rows(
        "select contact_id, subject_code, outcome, place from staging.stg_crm__contacts "
        "where starts_with(contact_id, 't') order by 1"
    )
    assert found == [
        ("t1", "claim.water_damage", "callback", "Paris 9e"),
        ("t2", None, "rappeler", None),
        ("t3", None, None, None),
        ("t4", None, None, None),
    ]


def test_an_address_in_a_user_agent_stays_in_raw(world: World) -> None:
    flat = world.rows(
        "select event_id, user_agent from staging.stg_web_tags__flat "
        "where starts_with(event_id, 'u') order by 1"
    )
    assert flat == [("u1", "Mozilla/5.0 (X11; Linux x86_64)"), ("u2", None)]
    snowplow = world.rows(
        "select event_id, user_agent from staging.stg_web_tags__snowplow "
        "where event_id <= 's2' order by 1"
    )
    assert snowplow == [("s1", "Mozilla/5.0 (X11)"), ("s2", None)]


def test_a_click_id_is_of_the_platform_that_made_it(world: World) -> None:
    """The page's own parameter says so; else the origin; else nobody does."""
    kinds = dict(
        world.rows(
            "select event_id, click_id_kind from staging.stg_web_tags__flat "
            "where starts_with(event_id, 'c') union all "
            "select event_id, click_id_kind from staging.stg_web_tags__snowplow"
        )
    )
    assert kinds == {
        "c1": "gclid",
        "c2": "msclkid",
        "c3": "fbclid",
        # utm_source is asked first, and a newsletter makes no click ids.
        "c4": None,
        "c5": "msclkid",
        "c6": None,
        "c7": "gclid",
        "s1": "gclid",
        "s2": "dclid",
        "s3": "msclkid",
        "s4": None,
        "s5": "fbclid",
    }
