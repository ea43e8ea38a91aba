"""What Dagster loads: assets, checks, jobs, the order of the layers, the sensor."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from expectations.registry import load_suites
from orchestration.build import Overrides, build_definitions
from orchestration.ingestion.contract import Contract, load_contract
from orchestration.settings import PROJECT_DIR, Settings
from tests.parsed_dbt import prime

OLD = time.time() - 3600


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "landing").mkdir()
    prime(folder / "home")
    return Settings.load(
        home=folder / "home", landing=folder / "landing", as_of="2026-10-31T22:00:00Z"
    )


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(PROJECT_DIR)


@pytest.fixture(scope="module")
def definitions(settings: Settings, contract: Contract) -> dg.Definitions:
    return build_definitions(Overrides(settings=settings, contract=contract))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


def test_definitions_are_valid(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_format_and_model_is_an_asset(graph: Any, contract: Contract) -> None:
    keys = {tuple(key.path) for key in graph.materializable_asset_keys}
    assert {("raw", table.family, table.format) for table in contract} <= keys
    models = {
        p.stem
        for layer in ("staging", "intermediate", "marts")
        for p in (PROJECT_DIR / "models" / layer).rglob("*")
        if p.suffix in {".sql", ".py"}
    }
    assert models <= {key[-1] for key in keys}
    assert ("published", "bi") in keys


def test_every_expectation_is_a_check_and_critical_ones_block(graph: Any) -> None:
    specs = {(key.asset_key.path[-1], key.name): graph.get(key) for key in graph.asset_check_keys}
    for layer in ("staging", "intermediate", "marts"):
        for table, suite in load_suites(layer).items():
            for entry in suite.entries:
                assert specs[table, entry.name].blocking == (entry.severity == "critical")


def test_the_jobs(definitions: dg.Definitions, contract: Contract) -> None:
    names = {"everything", "ingestion", "tags_and_calls", "daily_sources", "e_rebond"}
    for name in names | set(contract.families):
        definitions.resolve_job_def(name)


def test_a_family_brings_its_dependants_and_no_other_family(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("surveys")
    keys = {tuple(key.path) for key in job.asset_layer.executable_asset_keys}
    assert ("raw", "surveys", "flat") in keys
    assert ("staging", "stg_surveys__flat") in keys
    assert ("marts", "fct_feedback") in keys
    assert ("published", "bi") in keys
    assert ("raw", "web_tags", "snowplow") not in keys
    assert ("staging", "stg_crm__customers") not in keys


def test_e_rebond_takes_the_way_from_sources_to_targets(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("e_rebond")
    keys = {key.path[-1] for key in job.asset_layer.executable_asset_keys}
    targets = {"e_rebond_targets", "e_rebond_proofs", "e_rebond_performance", "bi"}
    # What earlier runs planned and delivered is new to each run, though no source brings it.
    records = {"int_canonical__planned_targets", "int_canonical__lead_deliveries"}
    assert keys >= targets | records | {"int_identity__persons", "int_journeys__funnel_progress"}
    whole_population = {"int_e_rebond__trained_model", "int_identity__customer_matches"}
    elsewhere = {"fct_sessions", "tribe_monthly", "contact_centre_forecast", "attribution_paths"}
    assert not keys & (whole_population | elsewhere)
    # Checked is what has landed and what goes out, not the history between.
    checks = job.asset_layer.asset_graph.asset_check_keys
    checked = {(key.asset_key.path[-1], key.name) for key in checks}
    assert ("lead_outcomes", "sold_has_a_contract") in checked
    assert ("e_rebond_targets", "slot_ends_after_it_starts") in checked
    assert "staging" not in {key.asset_key.path[0] for key in checks}


def test_a_layer_waits_for_every_check_of_the_one_before(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("everything")
    structure = job.graph.dependency_structure
    waits = {
        node: {output.node_name for output in structure.all_upstream_outputs_from_node(node)}
        for node in job.graph.node_dict
    }
    order = ["validate_raw", "gates__raw", "build_staging", "validate_staging", "gates__staging"]
    order += ["build_intermediate", "validate_intermediate", "gates__intermediate", "build_marts"]
    order += ["validate_marts", "published__bi"]
    for earlier, later in pairwise(order):
        assert earlier in ancestors(waits, later), (earlier, later)


def ancestors(waits: dict[str, set[str]], node: str) -> set[str]:
    found: set[str] = set()
    left = [node]
    while left:
        for upstream in waits.get(left.pop(), set()) - found:
            found.add(upstream)
            left.append(upstream)
    return found


def test_one_writer_and_no_telemetry(settings: Settings) -> None:
    from orchestration.pipeline import dagster_home

    folder = dagster_home(settings)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert not instance.telemetry_enabled
        pools = instance.get_concurrency_config().pool_config
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity is not None
        assert pools.pool_granularity.value == "run"


def put(settings: Settings, relative: str, text: str = "x\n", when: float = OLD) -> Path:
    path = settings.landing / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (when, when))
    return path


def tick(
    definitions: dg.Definitions, instance: dg.DagsterInstance, cursor: str | None
) -> tuple[list[str], str | None, str | None]:
    """Jobs asked for, the new cursor, and why none is asked for."""
    sensor = definitions.resolve_sensor_def("landing_zone")
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        data = sensor.evaluate_tick(context)
    requests = [str(request.job_name) for request in data.run_requests or []]
    return requests, data.cursor or cursor, data.skip_message


def test_the_sensor_asks_for_new_files_only(
    definitions: dg.Definitions, settings: Settings
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(definitions, instance, None)[0] == []
        put(settings, "surveys/flat/a.csv")
        jobs, cursor, _ = tick(definitions, instance, None)
        assert jobs == ["surveys"]
        assert tick(definitions, instance, cursor)[0] == []
        put(settings, "surveys/flat/a.csv", "x\ny\n")
        put(settings, "social/reviews/r.csv")
        jobs, cursor, _ = tick(definitions, instance, cursor)
        assert jobs == ["everything"]
        put(settings, "ad_spend/flat/being_written.csv", when=time.time())
        put(settings, "ad_spend/flat/uploading.csv.part")
        assert tick(definitions, instance, cursor)[0] == []


def test_the_sensor_is_idle_while_a_run_is_in_progress(
    definitions: dg.Definitions, settings: Settings
) -> None:
    from orchestration.warehouse import run_lock

    put(settings, "crm/customers/c.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        with run_lock(settings.home, "a run from the command line"):
            jobs, cursor, why = tick(definitions, instance, None)
        assert jobs == []
        assert cursor is None
        assert "in progress" in str(why)
        job = definitions.resolve_job_def("ingestion")
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        assert tick(definitions, instance, None)[0] == []


def test_the_schedules(definitions: dg.Definitions) -> None:
    found = [s for s in definitions.schedules or [] if isinstance(s, dg.ScheduleDefinition)]
    crons = {schedule.name: schedule.cron_schedule for schedule in found}
    assert crons["tags_and_calls_every_15_minutes"] == "*/15 * * * *"
    assert crons["daily_sources_at_four"] == "0 4 * * *"
