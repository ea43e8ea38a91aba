"""Python models on Spark: run in the driver, on the same DuckDB as without Spark.

They are written against DuckDB's relations and compute in one process anyway (linkage, communities,
regressions): what they read is brought to the driver, what they return is written as a table. The
limit is the driver's memory, as each model's docstring states it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

METHOD = "driver"


def install() -> None:
    """Teach dbt's Spark adapter the submission method `driver` and make it the default.

    And let the word `null` in a seed be a word, as DuckDB reads it: dbt's own reader, which Spark's
    seeds go through, makes it an empty value.
    """
    from dbt.adapters.spark.impl import SparkAdapter
    from dbt_common.clients import agate_helper

    tester = agate_helper.build_type_tester
    if not isinstance(tester, partial):
        agate_helper.build_type_tester = partial(tester, string_null_values=("",))
    SparkAdapter.default_python_submission_method = property(lambda _adapter: METHOD)
    SparkAdapter.python_submission_helpers = property(lambda _adapter: {METHOD: DriverModel})


class DriverModel:
    """One Python model; dbt calls `submit` with its compiled code."""

    def __init__(self, parsed_model: Mapping[str, Any], _credentials: Any) -> None:
        self.relation = f"`{parsed_model['schema']}`.`{parsed_model['alias']}`"

    def submit(self, compiled_code: str) -> None:
        """Run the model and write its table. What the model raises passes through."""
        from pyspark.sql import SparkSession

        session = SparkSession.builder.getOrCreate()
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            namespace: dict[str, Any] = {"__name__": "dbt_model"}
            # The macro that hands the code over indents its first line.
            exec(compile(compiled_code.strip(), self.relation, "exec"), namespace)

            def load(relation: str) -> duckdb.DuckDBPyRelation:
                return con.from_arrow(naive(session.table(relation).toArrow()))

            made = namespace["model"](namespace["dbtObj"](load), con)
            table = as_table(con, made)
        frame = session.createDataFrame(table)
        session.sql(f"drop table if exists {self.relation}")
        frame.write.format("parquet").mode("overwrite").saveAsTable(self.relation)


def naive(table: pa.Table) -> pa.Table:
    """The table with its instants as UTC without zone, as DuckDB's models know them."""
    fields = [
        pa.field(field.name, pa.timestamp("us"))
        if pa.types.is_timestamp(field.type)
        else field.with_nullable(True)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def as_table(con: duckdb.DuckDBPyConnection, made: Any) -> pa.Table:
    """What a model returned (Arrow, a DuckDB relation or a data frame) as DuckDB types it."""
    relation = made if isinstance(made, duckdb.DuckDBPyRelation) else con.from_arrow(as_arrow(made))
    return relation.to_arrow_table()


def as_arrow(made: Any) -> pa.Table:
    """An Arrow table of an Arrow table or a pandas frame. Raises TypeError for anything else."""
    if isinstance(made, pa.Table):
        return made
    if hasattr(made, "iloc"):
        return pa.Table.from_pandas(made, preserve_index=False)
    raise TypeError(f"a model returned {type(made).__name__}, neither a relation nor a table")
