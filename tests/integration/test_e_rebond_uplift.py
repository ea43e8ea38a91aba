"""Control groups and uplift on quotes left in the sample world, held against its truth.

The sample's own calls follow its own choice of whom to call, so they can't tell what ours adds.
Here the models draw the control group among people who left a quote; who is drawn to be called buys
if `would_buy_if_called`, who is control if `would_buy_anyway`. So the true uplift is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import duckdb
import pyarrow.csv as csv
import pytest

from orchestration.sample import write_sample
from tests.integration.conftest import World

SHARE = 0.1
DRAW = ("int_canonical__hash_key", "stg_audit__key_fingerprint", "int_e_rebond__control_ledger")
JUDGE = ("int_e_rebond__trial_subjects", "e_rebond_uplift")
QUARTERS = ("2026-01-10", "2026-04-10", "2026-07-10", "2026-10-10", "2027-01-10", "2027-04-10")

LEADS = """
create or replace table intermediate.int_e_rebond__candidates as
select
    true_person_id as candidate_id, true_person_id as person_id,
    md5(true_person_id) as household_key,
    'abandonment' as trigger, product_id, hash(true_person_id) % 3 > 0 as is_customer
from quotes where number < {count};
create or replace table intermediate.int_e_rebond__eligibility as
select candidate_id, true as is_eligible from intermediate.int_e_rebond__candidates;
create or replace table intermediate.int_e_rebond__scores as
select
    true_person_id as candidate_id,
    hash('value', true_person_id) % 3 * 15.0 as expected_value_eur
from quotes;
insert into intermediate.int_e_rebond__candidates
select 'request-' || number, null, md5('request-' || number), 'callback_request', product_id, true
from quotes where number < 50;
insert into intermediate.int_e_rebond__eligibility
select 'request-' || number, true from quotes where number < 50;
insert into intermediate.int_e_rebond__scores
select 'request-' || number, 99.0 from quotes where number < 50;
create or replace table intermediate.int_canonical__lead_outcomes (
    target_id varchar, attempted_at timestamp, result varchar
);
"""
SALES = """
create or replace table intermediate.int_journeys__conversions as
select person_id, assigned_at + interval 3 day as converted_at, 'signed' as status
from restricted.control_ledger
inner join quotes on person_id = true_person_id
where case when is_control then would_buy_anyway else would_buy_if_called end
"""


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory) -> World:
    landing = tmp_path_factory.mktemp("uplift") / "landing"
    write_sample(landing, customers=4000, days=12, seed=4)
    made = make_world(QUARTERS[0])
    made.put(
        "crm/identifiers/ids_2026-01-01.csv",
        "customer_id,kind,value,valid_from,valid_to\nC1,email,a@b.fr,,\n",
    )
    made.ingest()
    made.seed()
    quotes = csv.read_csv(landing / "truth" / "intentions.csv")
    with duckdb.connect(str(made.home / "warehouse.duckdb")) as con:
        con.register("given", quotes)
        con.execute(
            "create table quotes as "
            "select *, row_number() over (order by true_person_id) as number "
            "from given qualify "
            "row_number() over (partition by true_person_id order by abandoned_at, product_id) = 1"
        )
    # the first quarter's leads come in two runs: the second counts on from the first
    run(made, QUARTERS[0], DRAW, leads=300)
    for day in QUARTERS:
        run(made, day, DRAW, leads=1 << 30)
    return made


def run(world: World, day: str, models: tuple[str, ...], leads: int = 0) -> None:
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        if leads:
            con.execute(LEADS.format(count=leads))
        else:
            con.execute(SALES)
    at = World(world.home, world.landing, f"{day} 09:00:00")
    done = at.dbt("run", "--quiet", "--select", *models)
    assert done.returncode == 0, done.stdout[-3000:]


def drawn(world: World) -> list[tuple[str, str, str, str, bool]]:
    return [
        (str(quarter), household, band, segment, is_control)
        for quarter, household, band, segment, is_control in world.rows(
            "select quarter, household_key, value_band, segment, is_control "
            "from restricted.control_ledger order by all"
        )
    ]


@pytest.mark.slow
def test_every_stratum_has_its_share_of_control(world: World) -> None:
    households, control = Counter(), Counter()
    for quarter, _, band, segment, is_control in drawn(world):
        households[quarter, band, segment] += 1
        control[quarter, band, segment] += is_control
    assert len(households) == len(QUARTERS) * 6
    for stratum, count in households.items():
        assert abs(control[stratum] - SHARE * count) < 1, stratum
    # who asked to be called is drawn by nobody
    assert world.rows(
        "select count(*), count(*) filter (trigger <> 'abandonment') from restricted.control_ledger"
    ) == [(sum(households.values()), 0)]


@pytest.mark.slow
def test_a_household_is_drawn_once_a_quarter_and_anew_in_the_next(world: World) -> None:
    before = drawn(world)
    run(world, "2026-10-20", DRAW, leads=1 << 30)
    assert drawn(world) == before
    control = {
        quarter: {
            household
            for first, household, _, _, is_control in before
            if first == quarter and is_control
        }
        for quarter in {row[0] for row in before}
    }
    groups = list(control.values())
    for group in groups[1:]:
        # by chance a tenth of a control group is control again
        assert len(group & groups[0]) < 0.3 * len(group)


@pytest.mark.slow
def test_the_true_uplift_lies_in_the_interval(world: World) -> None:
    """A 95 % interval may miss one quarter of six; every one must show that calling helps."""
    run(world, "2027-06-30", JUDGE)
    ((called, anyway, quotes),) = world.rows(
        "select avg(would_buy_if_called::int), avg(would_buy_anyway::int), count(*) from quotes"
    )
    truth = called - anyway
    assert quotes > 700
    assert truth > 0.1
    found = world.rows(
        "select dimension, item, uplift_low, uplift_high, verdict "
        "from marts.e_rebond_uplift order by all"
    )
    held = [low <= truth <= high for dimension, _, low, high, _ in found if dimension == "quarter"]
    assert len(held) == len(QUARTERS)
    assert sum(held) >= len(held) - 1
    (overall,) = [row for row in found if row[0] == "all"]
    assert overall[2] <= truth <= overall[3]
    assert overall[4] == "higher"


def newcombe(sold: int, called: int, control_sold: int, control: int) -> tuple[float, float]:
    """Newcombe's interval (Statistics in Medicine 17, 1998, method 10), written anew."""

    def wilson(successes: int, trials: int) -> tuple[float, float]:
        z, share = 1.959964, successes / trials
        half = z * (share * (1 - share) / trials + z * z / 4 / trials**2) ** 0.5
        middle, scale = share + z * z / 2 / trials, 1 + z * z / trials
        return (middle - half) / scale, (middle + half) / scale

    (low, high), (other_low, other_high) = wilson(sold, called), wilson(control_sold, control)
    first, second = sold / called, control_sold / control
    return (
        first - second - ((first - low) ** 2 + (other_high - second) ** 2) ** 0.5,
        first - second + ((high - first) ** 2 + (second - other_low) ** 2) ** 0.5,
    )


@pytest.mark.slow
def test_intervals_are_newcombe_s(world: World) -> None:
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)  # his table II
    run(world, "2027-06-30", JUDGE)
    counts = "called_sale_count, called_count, control_sale_count, control_count"
    rows = world.rows(f"select {counts}, uplift_low, uplift_high from marts.e_rebond_uplift")
    assert len(rows) > 10
    for *figures, low, high in rows:
        assert (low, high) == pytest.approx(newcombe(*figures), abs=1e-6)


@pytest.mark.slow
def test_too_few_households_prove_nothing(world: World) -> None:
    """A quarter whose days aren't over, and a hundred households of it at most, tell nothing."""
    run(world, "2026-01-20", JUDGE)
    assert world.rows("from marts.e_rebond_uplift") == []
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        con.execute("delete from restricted.control_ledger where hash(household_key) % 20 > 0")
    run(world, "2027-06-30", JUDGE)
    verdicts = world.rows(
        "select distinct verdict from marts.e_rebond_uplift where dimension = 'quarter'"
    )
    assert verdicts == [("too_little_data",)]


@pytest.mark.slow
def test_another_key_draws_others_and_old_draws_go(world: World) -> None:
    """Without the key nobody can tell who will be control; draws are kept for 25 months."""
    day, quarter = "2028-03-10", "2028-01-01"
    groups = []
    for key in ("fingerprint", "md5(fingerprint)"):
        with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
            con.execute("delete from restricted.control_ledger where quarter = ?", [quarter])
            con.execute(f"update audit.key_fingerprint set fingerprint = {key}")
        run(world, day, DRAW, leads=1 << 30)
        groups.append({row[1] for row in drawn(world) if row[4] and row[0] == quarter})
    first, second = groups
    assert len(first) > 50
    assert len(first & second) < 0.3 * len(first)
    assert min(row[0] for row in drawn(world)) == "2026-04-01"
