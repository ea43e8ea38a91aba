"""Where suites are evaluated: a DuckDB file, or the tables of a Spark session.

Suites and rules are written once, in DuckDB's SQL; an engine respells it where its own differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from expectations.sql import BATCH

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext

#: What stands for the rows under validation while a query is parsed.
_STAND_IN = "rows_under_validation"


class Engine(Protocol):
    """What the runner needs of an engine."""

    def open(self, context: AbstractDataContext) -> None:
        """Make the tables known to a context of Great Expectations."""

    def spelled(self, query: str) -> str:
        """A query of ours in the engine's SQL; `{batch}` stays."""

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query of ours; none where it is a command."""

    def batch(self, name: str, view: str) -> Any:
        """The rows of a view as a batch of Great Expectations, in an asset of that name."""

    def close(self) -> None:
        """Give back what `open` took."""


class DuckDBEngine:
    """A DuckDB file, opened read-only.

    The caller must have closed its own connections: DuckDB allows a file open for writing in one
    place only, and refuses a second, differently configured connection within a process.
    """

    def __init__(self, database: Path) -> None:
        if not database.exists():
            raise FileNotFoundError(f"no warehouse file: {database}")
        self._database = database

    def open(self, context: AbstractDataContext) -> None:
        """Raises duckdb.Error when the file can't be opened."""
        import expectations.duckdb_adapter  # noqa: F401  (registers add_duckdb)

        self._datasource: Any = context.data_sources.add_duckdb(
            name="warehouse",
            connection_string=f"duckdb:///{self._database}",
            kwargs={"connect_args": {"read_only": True}},
        )
        self._engine = self._datasource.get_execution_engine()

    def spelled(self, query: str) -> str:
        """As it is."""
        return query

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """On the one connection that also runs the expectations: it sees the same views."""
        with self._engine.get_connection() as connection:
            cursor = connection.exec_driver_sql(query)
            return [tuple(row) for row in cursor] if cursor.returns_rows else []

    def batch(self, name: str, view: str) -> Any:
        """The whole view."""
        asset = self._datasource.add_table_asset(name=name, table_name=view)
        return asset.add_batch_definition_whole_table("rows").get_batch()

    def close(self) -> None:
        """Close the connection: an open handle would lock out the next writer."""
        self._engine.close()


class SparkEngine:
    """The tables of a Spark session, schema by schema named as in the warehouse."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def open(self, context: AbstractDataContext) -> None:
        """Great Expectations takes the process's session, which is this one."""
        # Not kept in memory: each table is read for its own expectations only.
        self._datasource: Any = context.data_sources.add_spark("warehouse", persist=False)

    def spelled(self, query: str) -> str:
        """By sqlglot: quotes, casts, `qualify`, `filter`, functions."""
        import sqlglot

        parsed = query.replace(BATCH, _STAND_IN)
        (statement,) = sqlglot.transpile(parsed, read="duckdb", write="spark")
        return str(statement).replace(_STAND_IN, BATCH)

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """Collected in the driver: counts and a few row ids."""
        return [tuple(row) for row in self._session.sql(self.spelled(query)).collect()]

    def batch(self, name: str, view: str) -> Any:
        """The whole view."""
        asset = self._datasource.add_dataframe_asset(name=name)
        definition = asset.add_batch_definition_whole_dataframe("rows")
        return definition.get_batch({"dataframe": self._session.table(view)})

    def close(self) -> None:
        """Nothing: the session is its owner's."""
