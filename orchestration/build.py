"""Everything Dagster knows of Passerelle: `build_definitions()`.

Wiring only. Which checks block, what runs after what, how old a source may get and who may write
are decided here and in the assets; what a figure means is decided in the models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from expectations.registry import Suite, load_suites
from orchestration.assets.common import raw_key
from orchestration.assets.expectations import layer_checks, raw_layer_checks
from orchestration.assets.gates import GATES, gate, gate_key
from orchestration.assets.models import Translator, layer_assets, nodes_of
from orchestration.assets.publication import PUBLISHED, publication_asset
from orchestration.assets.raw import raw_assets
from orchestration.dbt_results import LAYERS
from orchestration.engines import project_of
from orchestration.ingestion.contract import Contract, load_contract
from orchestration.pipeline import (
    DAILY_SOURCES,
    E_REBOND,
    E_REBOND_FAMILIES,
    EVERYTHING,
    FREQUENT,
    INGESTION,
    TAGS_AND_CALLS,
)
from orchestration.resources import resource_definition
from orchestration.schedules import landing_sensor, schedules
from orchestration.settings import Settings

Children = dict[dg.AssetKey, set[dg.AssetKey]]

#: Tag of a model that looks at everybody at once, for what hardly changes within a day.
WHOLE_POPULATION = "whole_population"


@dataclass(frozen=True)
class Overrides:
    """What a test or the command line puts in the place of the usual parts.

    `run` is a PipelineRun that is already open (or any resource); `manifest` is a parsed dbt
    manifest; `suites` maps layer to table to suite.
    """

    settings: Settings | None = None
    run: Any = None
    manifest: Mapping[str, Any] | None = None
    contract: Contract | None = None
    suites: Mapping[str, Mapping[str, Suite]] | None = None


def build_definitions(overrides: Overrides | None = None) -> dg.Definitions:
    """Assets, checks, jobs, schedules and the sensor.

    Parses the dbt project where its cached manifest is out of date (seconds).
    """
    given = overrides or Overrides()
    settings = given.settings or Settings.load()
    contract = given.contract or load_contract(settings.project_dir)
    manifest = given.manifest
    if manifest is None:
        manifest = project_of(settings).manifest()
    suites = given.suites or {layer: load_suites(layer) for layer in ("raw", *LAYERS)}
    assets: list[dg.AssetsDefinition] = [*raw_assets(contract)]
    checks = raw_layer_checks(contract, suites["raw"])
    before = "raw"
    keys = [key for definition in assets for key in definition.keys]
    for layer in LAYERS:
        built = layer_assets(layer, manifest, after=gate_key(before))
        assets += [gate(before, keys), *built]
        checks += layer_checks(layer, suites[layer], _keys_by_table(layer, manifest))
        before = layer
        keys = [key for definition in built for key in definition.keys]
    marts = list(_keys_by_table("marts", manifest).values())
    assets.append(publication_asset(manifest, marts))
    children = _children(assets)
    records = _records(manifest)
    jobs = [
        *_jobs(contract, children, records),
        _e_rebond(contract, manifest, children, records),
    ]
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        sensors=[landing_sensor(settings, contract, EVERYTHING, jobs)],
        schedules=schedules(TAGS_AND_CALLS, DAILY_SOURCES),
        resources={"run": given.run if given.run is not None else resource_definition()},
        # A process a step costs seconds a step, and DuckDB takes one writer.
        executor=dg.in_process_executor,
    )


def _keys_by_table(layer: str, manifest: Mapping[str, Any]) -> dict[str, dg.AssetKey]:
    translator = Translator()
    return {
        str(node["name"]): translator.get_asset_key(node)
        for node in nodes_of(manifest, layer).values()
        if node["resource_type"] != "seed"
    }


def _children(assets: Sequence[dg.AssetsDefinition]) -> Children:
    """What is made from each asset, gates left out: behind a gate stands a whole layer."""
    children: Children = {}
    for spec in [spec for definition in assets for spec in definition.specs]:
        for dep in spec.deps:
            if spec.key.path[0] != GATES:
                children.setdefault(dep.asset_key, set()).add(spec.key)
    return children


def _jobs(contract: Contract, children: Children, records: set[dg.AssetKey]) -> list[Any]:
    frequent = sorted({t.family for t in contract if t.cadence == FREQUENT})
    rest = [family for family in contract.families if family not in frequent]
    jobs = [
        _job(EVERYTHING, dg.AssetSelection.all(), "Load, build, validate and publish everything."),
        _job(
            INGESTION,
            dg.AssetSelection.groups("raw"),
            "Load what is new in the landing zone, and validate it.",
        ),
        _job(
            TAGS_AND_CALLS,
            _from_families(contract, children, records, frequent),
            f"{', '.join(frequent)}: load, and rebuild what depends on them.",
        ),
        _job(
            DAILY_SOURCES,
            _from_families(contract, children, records, rest),
            f"{', '.join(rest)}: load, and rebuild what depends on them.",
        ),
    ]
    return jobs + [
        _job(
            family,
            _from_families(contract, children, records, [family]),
            f"{family}: load, and rebuild what depends on it.",
        )
        for family in contract.families
    ]


def _e_rebond(
    contract: Contract,
    manifest: Mapping[str, Any],
    children: Children,
    records: set[dg.AssetKey],
) -> Any:
    """What lies between the sources of leads and the marts of e-rebond, and nothing beside it.

    Steps over the whole population keep what the last run of another job made of them. Checked is
    what has just landed, and what is about to go out: checks of all that lies between would read
    the whole history again.
    """
    translator = Translator()
    nodes = [node for layer in LAYERS for node in nodes_of(manifest, layer).values()]
    domain = {translator.get_asset_key(n) for n in nodes if n["fqn"][2:3] == [E_REBOND]}
    marts = {key for key in domain if key.path[0] == "marts"}
    left_out = {
        translator.get_asset_key(node) for node in nodes if WHOLE_POPULATION in node["tags"]
    }
    raw = {raw_key(t.family, t.format) for t in contract if t.family in E_REBOND_FAMILIES}
    sources = raw | records
    wanted = (_reached(sources, children) & _reached(marts, _parents(children))) - left_out
    gates = {gate_key(layer) for layer in ("raw", *LAYERS)} - {gate_key("marts")}
    return _job(
        E_REBOND,
        dg.AssetSelection.assets(*sorted(raw | wanted | gates), PUBLISHED)
        - dg.AssetSelection.checks_for_assets(*sorted(wanted - domain - raw)),
        f"{', '.join(E_REBOND_FAMILIES)}: load, and choose whom to call.",
    )


def _records(manifest: Mapping[str, Any]) -> set[dg.AssetKey]:
    """Models over what earlier runs, deliveries and checks wrote down: new to each run."""
    translator = Translator()
    nodes = nodes_of(manifest, "staging").values()
    return {translator.get_asset_key(n) for n in nodes if n["fqn"][1:3] == ["staging", "audit"]}


def _parents(children: Children) -> Children:
    """What each asset is made from."""
    parents: Children = {}
    for parent, made in children.items():
        for key in made:
            parents.setdefault(key, set()).add(parent)
    return parents


def _reached(start: set[dg.AssetKey], edges: Children) -> set[dg.AssetKey]:
    """The keys given, and all that can be reached from them."""
    found, left = set(start), list(start)
    while left:
        new = edges.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def _from_families(
    contract: Contract, children: Children, records: set[dg.AssetKey], families: Sequence[str]
) -> dg.AssetSelection:
    """Raw assets of the families, all that is made from them, the gates and the publication.

    And what it is made from that only the records of earlier runs have changed: `records`.
    """
    raw = {raw_key(table.family, table.format) for table in contract if table.family in families}
    found = _reached(raw, children)
    found |= _reached(records, children) & _reached(found, _parents(children))
    gates = [gate_key(layer) for layer in ("raw", *LAYERS)[:-1]]
    return dg.AssetSelection.assets(*sorted(found), *gates, PUBLISHED)


def _job(name: str, selection: dg.AssetSelection, description: str) -> Any:
    return dg.define_asset_job(
        name,
        selection=selection,
        description=description,
        executor_def=dg.in_process_executor,
    )
