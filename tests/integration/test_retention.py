"""`passerelle purge`: rows just inside and just outside of every rule of the seed."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import date

import pytest

from orchestration.privacy.retention import RuleError, read_rules
from orchestration.settings import PROJECT_DIR
from orchestration.spark.raw_zone import write_raw_zone, zone_of
from tests.integration.conftest import World
from tests.integration.privacy_world import passerelle

AS_OF = "2026-10-31T12:00:00Z"
#: By calendar from the clock: 25 months, 3 years, 6 months, a year, a month before.
M25, Y3, M6, Y1, M1 = (
    *("2024-09-30T12:00:00", "2023-10-31T12:00:00", "2026-04-30T12:00:00"),
    *("2025-10-31T12:00:00", "2026-09-30T12:00:00"),
)


def before(moment: str) -> str:
    """A second earlier: too old."""
    return moment[:-8] + "11:59:59Z"


def at(moment: str) -> str:
    """Just young enough."""
    return moment + "Z"


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world(AS_OF)
    made.put(
        "web_tags/flat/events_2026-10-30.csv",
        "event_id,event_name,occurred_at,visitor_id\n"
        f"old,page_view,{before(M25)},v1\nyoung,page_view,{at(M25)},v1\n",
    )
    made.put(
        "call_records/number_leases/leases_2026-10-30.csv.gz",
        gzip.compress(
            (
                "lease_id,pool_id,number,visitor_id,assigned_at,reason\n"
                f"old,p,0800111222,v1,{before(M25)},new\nyoung,p,0800111222,v1,{at(M25)},new\n"
            ).encode()
        ),
    )
    made.put(
        "crm/consents/consents_2026-10-30.csv",
        "consent_id,subject_kind,subject,purpose,status,at\n"
        f"old,visitor_id,v1,navigation_linking,granted,{before(M6)}\n"
        f"young,visitor_id,v1,navigation_linking,granted,{at(M6)}\n"
        f"a_no,visitor_id,v1,navigation_linking,withdrawn,{before(M6)}\n"
        f"a_customers,customer_id,C1,phone_canvassing,granted,{before(M6)}\n",
    )
    made.put(
        "crm/customers/customers_2026-10-30.csv",
        "customer_id,kind,first_name,created_at\n"
        "old,person,Odile,2020-01-01T00:00:00Z\nyoung,person,Yann,2020-01-01T00:00:00Z\n"
        "customer,person,Carla,2020-01-01T00:00:00Z\nformer,person,Fanny,2020-01-01T00:00:00Z\n"
        f"collected,person,Colin,{before(Y3)}\nfresh,person,Fred,{at(Y3)}\n",
    )
    made.put(
        "crm/identifiers/identifiers_2026-10-30.csv",
        "customer_id,kind,value\nold,phone,0612345601\ncustomer,phone,0612345602\n"
        "former,phone,0612345602\n",
    )
    made.put(
        "crm/contracts/contracts_2026-10-30.csv",
        "contract_id,customer_id,role,product_id,opened_at,closed_at,finalised_channel,call_id\n"
        "K1,customer,holder,bank,2020-01-01T00:00:00Z,,phone,oral\n"
        "K2,customer,holder,cover,2024-10-31T12:00:00Z,,phone,insured\n"
        "K3,customer,holder,cover,2024-10-31T11:59:59Z,,phone,insured_long\n"
        f"K4,former,holder,bank,2019-01-01T00:00:00Z,{before(Y3)},web,\n",
    )
    made.put(
        "crm/products/products_2026-10-30.csv",
        "product_id,name,family,is_insurance\nbank,Account,bank,false\ncover,Home,home,true\n",
    )
    made.put(
        "crm/contacts/contacts_2026-10-30.csv",
        "contact_id,channel,direction,customer_id,occurred_at,outcome\n"
        f"O1,email,inbound,old,{before(Y3)},answered\n"
        "O2,email,outbound,old,2026-01-01T00:00:00Z,sent\n"
        "O3,email,inbound,old,2026-01-02T00:00:00Z,opened\n"
        f"Y1,email,inbound,young,{at(Y3)},answered\nC1,email,inbound,customer,{before(Y3)},x\n",
    )
    calls = {
        "oral": "2020-01-01T00:00:00Z",
        "insured": "2024-10-31T11:00:00Z",
        "insured_long": "2024-10-31T11:00:00Z",
        "plain_old": before(M6),
        "plain_young": at(M6),
        "refused": "2026-10-31T11:00:00Z",
        "unsold_old": before(M1),
        "unsold_young": at(M1),
    }
    made.put(
        "call_records/flat/calls_2026-10-30.csv",
        "call_id,direction,caller_number,dialled_number,started_at,outcome\n"
        + "".join(
            f"{call},inbound,0611111111,0800111222,{started},answered\n"
            for call, started in calls.items()
        )
        + f"of_old,inbound,0612345601,0800111222,{before(Y3)},answered\n"
        f"of_customer,inbound,0612345602,0800111222,{before(Y3)},answered\n"
        f"of_nobody_old,inbound,0622222222,0800111222,{before(Y3)},answered\n"
        f"of_nobody_young,inbound,0633333333,0800111222,{at(Y3)},answered\n",
    )
    made.put(
        "call_records/transcripts/words_2026-10-30.jsonl",
        "".join(
            json.dumps({"call_id": c, "segment_index": 1, "speaker": "customer", "text": "oui"})
            + "\n"
            for c in calls
        ),
    )
    made.put(
        "call_records/wrap_ups/wrap_ups_2026-10-30.csv",
        "call_id,result_code\nrefused,refused\nunsold_old,interested\nunsold_young,interested\n"
        "oral,sold\n",
    )
    made.put(
        "crm/quality_scores/scores_2026-10-30.csv",
        f"call_id,criterion,score,scored_at\nold,tone,3,{before(Y1)}\nyoung,tone,3,{at(Y1)}\n",
    )
    made.ingest()
    return made


def kept(world: World, table: str, key: str) -> set[str]:
    return {value for (value,) in world.rows(f"select {key} from raw.{table}")}


@pytest.mark.slow
def test_what_is_too_old_goes_and_what_is_young_enough_stays(world: World) -> None:
    tables = [
        table
        for (table,) in world.rows(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        )
    ]
    size = {t: world.rows(f"select count(*) from raw.{t}")[0][0] for t in tables}
    dry = passerelle(world, "purge", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    counted = {line.split()[0]: int(line.split()[3]) for line in dry.stdout.splitlines()[1:-1]}
    assert {t: world.rows(f"select count(*) from raw.{t}")[0][0] for t in tables} == size
    write_raw_zone(world.home, [("raw", "crm__contacts")])
    assert {rule: count for rule, count in counted.items() if count} == {
        "navigation_flat": 1,
        "navigation_leases": 1,
        "navigation_choices": 1,
        "prospects_customers": 3,
        "prospects_identifiers": 2,
        "prospects_contacts": 3,
        "prospects_calls_in": 2,
        "recordings": 2,
        "evaluations": 1,
        "insurance_refused": 1,
        "insurance_unsold": 1,
    }

    done = passerelle(world, "purge")
    assert done.returncode == 0, done.stderr
    assert kept(world, "web_tags__flat", "event_id") == {"young"}
    assert kept(world, "call_records__number_leases", "lease_id") == {"young"}
    assert kept(world, "crm__consents", "consent_id") == {"young", "a_no", "a_customers"}
    assert kept(world, "crm__customers", "customer_id") == {"young", "customer", "fresh"}
    assert kept(world, "crm__identifiers", "customer_id") == {"customer"}
    assert kept(world, "crm__contacts", "contact_id") == {"Y1", "C1"}
    # A contract is no prospect's data: its own law keeps it.
    assert kept(world, "crm__contracts", "contract_id") == {"K1", "K2", "K3", "K4"}
    assert kept(world, "call_records__flat", "call_id") >= {"of_customer", "of_nobody_young"}
    assert not kept(world, "call_records__flat", "call_id") & {"of_old", "of_nobody_old"}
    assert kept(world, "call_records__transcripts", "call_id") == {
        *("oral", "insured", "plain_young", "unsold_young")
    }
    assert kept(world, "crm__quality_scores", "call_id") == {"young"}

    # The landing zone loses the same records; what is left counts as loaded.
    assert "old" not in (world.landing / "web_tags/flat/events_2026-10-30.csv").read_text()
    leases = world.landing / "call_records/number_leases/leases_2026-10-30.csv.gz"
    assert gzip.decompress(leases.read_bytes()).decode().splitlines()[1:] == [
        f"young,p,0800111222,v1,{at(M25)},new"
    ]
    assert world.ingest().files == []
    values = world.rows("select normalised from restricted.identifier_values order by 1")
    assert ("+33612345601",) not in values
    assert ("+33612345602",) in values
    (path,) = (world.home / "reports" / "purges").glob("*.json")
    certificate = json.loads(path.read_text())
    assert {r["rule_id"]: r["rows"] for r in certificate["rules"]} == counted
    assert path.stat().st_mode & 0o777 == 0o600
    assert not zone_of(world.home).exists()
    assert not [n for n in json.loads(path.read_text())["rewritten"] if "contracts" in n]

    again = passerelle(world, "purge")
    assert again.returncode == 0
    assert all(line.split()[-1] == "0" for line in again.stdout.splitlines()[1:-3])


def test_a_rule_holds_between_its_days() -> None:
    rules = read_rules(PROJECT_DIR, date(2026, 10, 31))
    assert {rule.regulation for rule in rules} == {"C1", "C2", "C3", "C4", "C5", "I2"}
    assert not [r for r in read_rules(PROJECT_DIR, date(2021, 1, 1)) if r.regulation == "I2"]


def test_a_wrong_rule_is_named(tmp_path) -> None:
    with (PROJECT_DIR / "seeds/retention_rules.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    (tmp_path / "seeds").mkdir()
    for field, value in (("action", "burn"), ("keep_months", ""), ("subjects", "friends")):
        with (tmp_path / "seeds/retention_rules.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0])
            writer.writeheader()
            writer.writerow({**rows[0], field: value})
        with pytest.raises(RuleError, match="navigation_snowplow"):
            read_rules(tmp_path, date(2026, 10, 31))
