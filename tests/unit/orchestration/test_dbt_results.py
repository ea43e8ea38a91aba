"""Which tests run with which layer, and what a message may hold."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.dbt_results import (
    DEFAULT_OWNER,
    LAYERS,
    attached_node,
    chosen,
    later_layers_tests,
    one_line,
    owner_of,
)


def node(name: str, schema: str, kind: str = "model") -> dict[str, Any]:
    return {"name": name, "schema": schema, "resource_type": kind, "unique_id": f"{kind}.{name}"}


def of_test(name: str, *parents: str, attached: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "schema": "tests",
        "resource_type": "test",
        "unique_id": f"test.{name}",
        "attached_node": attached,
        "depends_on": {"nodes": list(parents)},
    }


def manifest(*tests: dict[str, Any]) -> dict[str, Any]:
    models = [node("stg", "staging"), node("int", "intermediate"), node("fct", "marts")]
    seeds = [node("rules", "seeds", "seed")]
    return {
        "nodes": {n["unique_id"]: n for n in [*models, *seeds, *tests]},
        "sources": {"source.raw": node("raw", "raw", "source")},
    }


@pytest.mark.parametrize(
    ("parents", "runs_with"),
    [
        (["source.raw"], "staging"),
        (["seed.rules"], "staging"),
        (["model.stg", "seed.rules"], "staging"),
        (["model.stg", "model.int"], "intermediate"),
        (["seed.rules", "model.fct"], "marts"),
        (["model.stg", "model.int", "model.fct"], "marts"),
    ],
)
def test_a_test_runs_once_with_its_highest_layer(parents: list[str], runs_with: str) -> None:
    found = manifest(of_test("t", *parents))
    order = list(LAYERS)
    ranks = {"source.raw": 0, "seed.rules": 0, "model.stg": 0, "model.int": 1, "model.fct": 2}
    touched = {order[ranks[parent]] for parent in parents}
    for layer in LAYERS:
        # dbt selects a test with each layer that it touches; all but the highest leave it out.
        runs = layer in touched and "t" not in later_layers_tests(found, layer)
        assert runs == (layer == runs_with)


def test_a_test_without_a_model_of_its_own_belongs_to_its_highest_parent() -> None:
    test = of_test("t", "model.stg", "model.fct")
    owner = attached_node(manifest(test), test)
    assert owner is not None
    assert owner["name"] == "fct"


def owned(found: dict[str, Any], owner: str) -> dict[str, Any]:
    return {**found, "config": {"meta": {"owner": owner}}}


def test_a_test_is_its_own_owner_s_its_model_s_its_source_s_or_the_platform_s() -> None:
    test = of_test("t", "model.stg", attached="model.stg")
    found = manifest(test)
    assert owner_of(found, test) == DEFAULT_OWNER == "data_platform"
    found["nodes"]["model.stg"]["depends_on"] = {"nodes": ["source.raw"]}
    found["sources"]["source.raw"] = owned(found["sources"]["source.raw"], "crm_office")
    assert owner_of(found, test) == "crm_office"
    found["nodes"]["model.stg"] = owned(found["nodes"]["model.stg"], "marketing")
    assert owner_of(found, test) == "marketing"
    assert owner_of(found, owned(test, "privacy")) == "privacy"


def test_messages_areone_line_without_quoted_values() -> None:
    text = "Conversion Error: Could not convert string 'anna@example.com' to INT32\n  LINE 1: x"
    line = one_line(text)
    assert "anna" not in line
    assert "\n" not in line
    assert line.startswith("Conversion Error")


def test_what_is_chosen_brings_its_tests_but_those_unwanted() -> None:
    found = chosen(
        manifest(
            of_test("own", "model.int"),
            of_test("with_another", "model.stg", "model.int"),
            of_test("of_another", "model.stg"),
            of_test("left_out", "model.int"),
        ),
        only={"int"},
        unwanted={"left_out"},
    )
    assert found == {"model.int", "test.own", "test.with_another"}
