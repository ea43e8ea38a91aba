"""`python -m tests.benchmarks.attribution`: the eight models from touches and sales.

The floor is the join of touches with the sales in whose window they lie, in the same run. What is
timed is the SQL of the dbt models, rendered outside dbt, and the pure functions behind the Python
ones. The Markov chain is held against ChannelAttribution on the same paths, ready made for both:
touches in their order for ours, texts for the library. It simulates, so the weights agree to about
a hundredth.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ChannelAttribution
import duckdb
import jinja2
import pandas as pd
import pyarrow as pa

from orchestration.algorithms.markov_chain import removal_effects
from orchestration.algorithms.shapley import rate_game
from orchestration.settings import PROJECT_DIR
from tests.benchmarks.measure import Cost, measured

BOUNDS = {"models": 20.0, "memory": 3.0}
#: How many times faster than ChannelAttribution the chain must be.
FASTER = 5.0
MODELS = PROJECT_DIR / "models" / "intermediate" / "attribution"
MACROS = ("engine/keys.sql", "engine/time.sql", "business/attribution.sql")
VARS = {"attribution_half_life_days": 7, "markov_order": 1}
ALL_STEPS = (
    *("channels", "path_touches", "paths", "transitions", "removal_effects"),
    *("coalitions", "rate_game", "markov_sets", "credits"),
)
CHAIN_STEPS = ("transitions", "removal_effects")

#: Twelve channels; five touches a person on average; every other person buys, after their touches.
WORLD = """
create table int_attribution__touches as
select
    md5('touch' || i) as touch_id,
    cast('0x' || substr(md5('touch' || i), 1, 15) as bigint) as touch_key,
    md5('person' || hash(i) % {paths}) as person_id,
    timestamp '2026-07-01' + to_seconds(cast(hash(i * 7) % 7000000 as bigint)) as touched_at,
    ['Affiliates', 'Audio', 'Direct', 'Display', 'Email', 'Organic Search', 'Organic Social',
     'Outbound Call', 'Paid Search', 'Paid Social', 'Phone', 'Referral'][
        1 + cast(least(hash(i * 13) % 12, hash(i * 17) % 14) as bigint)
    ] as marketing_channel
from range({touches}) as numbers (i);
create table int_journeys__conversions as
select
    md5('sale' || i) as conversion_id,
    md5('person' || i) as person_id,
    'P' as product_id,
    timestamp '2026-09-20' + to_seconds(cast(hash(i) % 86400 as bigint)) as converted_at,
    'signed' as status,
    100.0 as revenue_eur
from range(0, {paths}, 2) as numbers (i);
create table int_journeys__product_terms as select 'P' as product_id, 90 as attribution_days
"""
JOIN = """
select count(*), sum(touches.touch_key)
from int_attribution__touches as touches
left join int_journeys__conversions as sales
    on
        touches.person_id = sales.person_id
        and touches.touched_at <= sales.converted_at
        and touches.touched_at >= sales.converted_at - interval 90 day
"""
PATH_TEXTS = """
select
    string_agg(channels.marketing_channel, ' > ' order by touches.position) as path,
    cast(count(touches.conversion_key) > 0 as integer) as sold,
    1 - cast(count(touches.conversion_key) > 0 as integer) as not_sold
from int_attribution__path_touches as touches
inner join int_attribution__channels as channels using (channel_number)
where touches.path_key % {parts} = {part}
group by touches.path_key
"""
#: Shares in which texts of paths are made: the engine keeps all touches of one in memory.
PARTS = 8


class Dbt:
    """As much of dbt as the models of this domain use."""

    def __init__(self) -> None:
        text = "".join((PROJECT_DIR / "macros" / name).read_text() for name in MACROS)
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        self.environment.globals.update(
            {
                "ref": lambda name: name,
                "var": VARS.__getitem__,
                "config": lambda **_: "",
                "return": lambda value: value,
                "adapter": self,
            }
        )
        self.module = self.environment.from_string(text).module
        for name in dir(self.module):
            if not name.startswith("_"):
                self.environment.globals[name] = getattr(self.module, name)

    def dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        """As dbt's adapter finds an engine's macro."""
        return getattr(self.module, f"duckdb__{name}")

    def compiled(self, step: str) -> str:
        text = (MODELS / f"int_attribution__{step}.sql").read_text()
        return self.environment.from_string(text).render()


def connected(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), config={"threads": 2, "memory_limit": "2GB"})


def python_step(con: duckdb.DuckDBPyConnection, step: str) -> pa.Table:
    if step == "removal_effects":
        rows = con.table("int_attribution__transitions").to_arrow_table()
        return removal_effects(rows["from_state"], rows["to_state"], rows["path_count"])
    rows = con.table("int_attribution__coalitions").to_arrow_table()
    return rate_game(
        rows["channel_set"],
        rows["conversions"],
        rows["non_conversions"],
        exact_channels=15,
        draws=4000,
    )


def rendered(steps: tuple[str, ...]) -> dict[str, str]:
    """SQL of each step; empty for a Python model."""
    dbt = Dbt()
    return {
        step: "" if (MODELS / f"int_attribution__{step}.py").exists() else dbt.compiled(step)
        for step in steps
    }


def built(path: Path, sql: dict[str, str]) -> int:
    """Each step as the table that dbt would make of it."""
    with connected(path) as con:
        for step, query in sql.items():
            name = f"int_attribution__{step}"
            if query:
                con.execute(f"create or replace table {name} as {query}")
            else:
                con.register("found", python_step(con, step))
                con.execute(f"create or replace table {name} as from found")
                con.unregister("found")
        con.execute("checkpoint")
        return int(
            con.execute(f"select count(*) from int_attribution__{[*sql][-1]}").fetchall()[0][0]
        )


def joined(path: Path) -> int:
    """The floor."""
    with connected(path) as con:
        return int(con.execute(JOIN).fetchall()[0][0])


def by_library(paths: Any) -> dict[str, float]:
    """ChannelAttribution's shares of channels, order 1, its own settings."""
    found = ChannelAttribution.markov_model(
        paths, "path", "sold", var_null="not_sold", order=1, verbose=False, flg_pro=False
    )
    total = found["total_conversions"].sum()
    return dict(zip(found["channel_name"], found["total_conversions"] / total, strict=True))


def main() -> int:
    """Print the table; exit 1 where a bound isn't kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--touches", type=int, default=25_000_000)
    options.add_argument("--paths", type=int, default=5_000_000)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="passerelle-attribution-"))
    costs: dict[str, Cost] = {}
    try:
        path = folder / "attribution.duckdb"
        with connected(path) as con:
            con.execute(WORLD.format(touches=given.touches, paths=given.paths))
        for name, step in (
            ("join", partial(joined, path)),
            ("models", partial(built, path, rendered(ALL_STEPS))),
            ("chain", partial(built, path, rendered(CHAIN_STEPS))),
        ):
            rows, costs[name] = measured(step)
            print(
                f"{name:8} {costs[name].cpu:7.1f} CPU s {costs[name].memory:5.2f} GiB {rows:,} rows"
            )
        with connected(path) as con:
            paths = pd.concat(
                con.execute(PATH_TEXTS.format(parts=PARTS, part=part)).df() for part in range(PARTS)
            )
            exact = con.execute(
                "select marketing_channel, weight from int_attribution__removal_effects"
                " inner join int_attribution__channels using (channel_number)"
            ).fetchall()
        library, costs["library"] = measured(partial(by_library, paths))
        print(f"library  {costs['library'].cpu:7.1f} CPU s, {len(paths):,} paths")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    apart = max(abs(weight - library[channel]) for channel, weight in exact)
    print(f"weights differ by at most {apart:.4f}")
    faster = costs["library"].cpu / costs["chain"].cpu
    print(f"chain    {faster:5.2f} times faster than the library, bound {FASTER}")
    ratios = {
        "models": costs["models"].cpu / costs["join"].cpu,
        "memory": costs["models"].memory,
    }
    for name, ratio in ratios.items():
        print(f"{name:8} {ratio:5.2f}, bound {BOUNDS[name]}")
    return int(faster < FASTER or any(ratio > BOUNDS[name] for name, ratio in ratios.items()))


if __name__ == "__main__":
    sys.exit(main())
