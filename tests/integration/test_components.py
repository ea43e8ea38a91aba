"""The contraction of the person graph against networkx: at once, and change by change."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import networkx
import pytest
from dbt.cli.main import dbtRunner

from orchestration.dbt_runner import close_connections
from orchestration.settings import PROJECT_DIR

MODEL = """{{ config(materialized='connected_components') }}
select node_a, node_b from given.edges
"""
Edge = tuple[int, int]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dbt project with the one model and the house's engine macros."""
    folder = tmp_path_factory.mktemp("components")
    (folder / "models").mkdir()
    (folder / "models" / "found.sql").write_text(MODEL)
    macros = [str(PROJECT_DIR / "macros" / "engine")]
    (folder / "dbt_project.yml").write_text(
        f"name: passerelle\nversion: 1.0.0\nprofile: p\nmacro-paths: {macros}\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    )
    (folder / "profiles.yml").write_text(
        "p: {target: duckdb, outputs: {duckdb: "
        f"{{type: duckdb, path: '{folder / 'w.duckdb'}', threads: 1}}}}}}\n"
    )
    return folder


def components(project: Path, edges: set[Edge], *options: str) -> dict[int, int]:
    """What the model makes of the edges, whichever way round and however often they are given."""
    with duckdb.connect(str(project / "w.duckdb")) as con:
        con.execute("create schema if not exists given")
        con.execute("create or replace table given.edges (node_a bigint, node_b bigint)")
        if edges:
            given = [edge if edge[0] % 2 else edge[::-1] for edge in edges]
            con.executemany("insert into given.edges values (?, ?)", given + given[:3])
    place = ["--project-dir", str(project), "--profiles-dir", str(project)]
    try:
        outcome = dbtRunner().invoke(["run", "--quiet", *place, *options])
        assert outcome.success, outcome.result and outcome.result[0].message
    finally:
        close_connections()
    with duckdb.connect(str(project / "w.duckdb"), read_only=True) as con:
        rows = con.execute("from main.found").fetchall()
    assert len(rows) == len({node for node, _ in rows})
    return dict(rows)


def expected(edges: set[Edge]) -> dict[int, int]:
    graph = networkx.Graph(edge for edge in edges if edge[0] != edge[1])
    return {node: min(group) for group in networkx.connected_components(graph) for node in group}


@pytest.mark.slow
def test_changes_end_as_a_full_run_does(project: Path) -> None:
    draw = random.Random(5)
    assert components(project, set(), "--full-refresh") == {}
    edges: set[Edge] = {(node, node + 1) for node in range(1, 300)}  # a chain
    edges |= {(1000, node) for node in range(1001, 1100)}  # a hub
    edges |= {(7, 7), (2**59, 2**59 + 1)}
    assert components(project, edges) == expected(edges)
    for change in range(3):
        gone = set(draw.sample(sorted(edges), 12)) if change else set()
        come = {
            (draw.randrange(1, 1300), draw.randrange(1, 1300) + (5000 if change == 2 else 0))
            for _ in range(25)
        }
        edges = (edges - gone) | come
        assert components(project, edges) == expected(edges), change
    assert components(project, edges, "--full-refresh") == expected(edges)
    assert components(project, set()) == {}
