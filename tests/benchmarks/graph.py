"""`python -m tests.benchmarks.graph`: the components of the person graph.

The floor is scipy's connected_components on the same edges in the same run, with reading the edges,
making the node numbers dense and writing the labels back. Thirteen million nodes, eleven million
edges: groups of a few, some chains, some hubs. Then 100,000 edges more are merged in, half of them
between standing components. What is timed is the SQL that the dbt step sends.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import numpy as np
import pyarrow as pa
import scipy.sparse

from orchestration.settings import PROJECT_DIR
from tests.benchmarks.measure import Cost, measured

BOUNDS = {"full": 2.5, "merge": 0.1, "memory": 3.0}

EDGES = """
create table edges as
select
    hash(i - i % 6 + 7) >> 4 as node_a,
    hash(i + 1000000007) >> 4 as node_b
from range(cast({nodes} * 0.8 as bigint)) as members (i)
union all
select hash(i + 1000000007) >> 4, hash(i + 1 + 1000000007) >> 4
from range(0, {nodes}, 40) as chains (i)
"""
MORE = """
create table more as
select hash(i * 37 + 1000000007) >> 4 as node_a, hash(i * 91 + 1000000007) >> 4 as node_b
from range({more} // 2) as bridges (i)
union all
select hash(i * 53 + 1000000007) >> 4, hash(i + 9000000000) >> 4
from range({more} // 2) as newcomers (i)
"""


class Macros:
    """The house's macros rendered outside dbt, on a plain connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        folder = PROJECT_DIR / "macros" / "engine"
        files = ("keys.sql", "contraction.sql", "connected_components.sql")
        text = "".join((folder / name).read_text() for name in files)
        text = re.sub(r"{% materialization.*?{% endmaterialization %}", "", text, flags=re.DOTALL)
        self.module = environment.from_string(
            text,
            globals={
                "run_query": self._query,
                "return": lambda value: value,
                "adapter": self,
                "range": range,
            },
        ).module

    def dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        """As dbt's adapter finds an engine's macro."""
        return getattr(self.module, f"duckdb__{name}")

    def _query(self, sql: str) -> Any:
        rows = self.con.execute(sql).fetchall()

        class Column:
            def values(self) -> list[Any]:
                return [row[0] for row in rows]

        class Result:
            columns = (Column(),)

        return Result()


def full(path: Path) -> int:
    """Components by the dbt step's macros."""
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": "2GB"}) as con:
        module = Macros(con).module
        module.contract_components("edges", "found")  # type: ignore[attr-defined]
        con.execute("create or replace table standing as from found__components")
        con.execute("checkpoint")
        return int(con.execute("select count(distinct component_id) from standing").fetchone()[0])  # type: ignore[index]


def merge(path: Path) -> int:
    """The edges of a day more, into what stands."""
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": "2GB"}) as con:
        con.execute("create or replace temp table found__added as from more")
        con.execute("create or replace temp table found__removed as from more limit 0")
        module = Macros(con).module
        module.merge_components("standing", "edges", "found")  # type: ignore[attr-defined]
        con.execute("checkpoint")
    return 0


def floor(path: Path) -> int:
    """scipy on the same edges, read and written back."""
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": "2GB"}) as con:
        found = con.execute("select node_a, node_b from edges").fetchnumpy()
        nodes, dense = np.unique(
            np.concatenate([found["node_a"], found["node_b"]]), return_inverse=True
        )
        half = found["node_a"].size
        matrix = scipy.sparse.coo_matrix(
            (np.ones(half, dtype=np.int8), (dense[:half], dense[half:])), (nodes.size, nodes.size)
        )
        count, labels = scipy.sparse.csgraph.connected_components(matrix, directed=False)
        written = {"node_id": nodes, "component_id": labels.astype(np.int64)}
        con.register("written", pa.table(written))
        con.execute("create or replace table by_scipy as from written")
        con.execute("checkpoint")
        return int(count)


def main() -> int:
    """Print the table; exit 1 where a bound isn't kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, default=13_000_000)
    options.add_argument("--more", type=int, default=100_000)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="passerelle-graph-"))
    try:
        path = folder / "graph.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(EDGES.format(nodes=given.nodes))
            con.execute(MORE.format(more=given.more))
            counts = con.execute("select count(*) from edges").fetchall()
        print(f"{counts[0][0]:,} edges")
        costs: dict[str, Cost] = {}
        results = {}
        # The floor last: what it holds would count as the others' memory.
        for name, step in (("full", full), ("merge", merge), ("floor", floor)):
            results[name], costs[name] = measured(partial(step, path))
            cost = costs[name]
            print(f"{name:8} {cost.cpu:7.1f} CPU s {cost.wall:7.1f} s {cost.memory:5.2f} GiB")
        assert results["full"] == results["floor"], results
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ratios = {
        "full": costs["full"].cpu / costs["floor"].cpu,
        "merge": costs["merge"].cpu / costs["full"].cpu,
        "memory": costs["full"].memory,
    }
    for name, ratio in ratios.items():
        print(f"{name:8} {ratio:5.2f}, bound {BOUNDS[name]}")
    return int(any(ratio > BOUNDS[name] for name, ratio in ratios.items()))


if __name__ == "__main__":
    sys.exit(main())
