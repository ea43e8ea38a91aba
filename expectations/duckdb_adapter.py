"""Great Expectations on DuckDB: the one file that knows how the two are joined.

Stock Great Expectations gives a connection back before it fetches, and in DuckDB the cursor *is*
the connection, so results vanish. The engine below keeps one connection for its whole life. Every
expectation runs as SQL inside DuckDB; no rows come to Python.

Importing this module imports Great Expectations (seconds), so import it inside functions.
"""

from __future__ import annotations

import builtins
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

import sqlalchemy as sa
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine


def _types_module() -> ModuleType:
    """A dialect module for Great Expectations: SQLAlchemy's own types, DuckDB's regex function.

    Great Expectations picks SQL by asking which marker a dialect module carries. The marker below
    selects its `REGEXP_MATCHES(column, pattern)` branch, which is DuckDB's spelling. The module
    must not name DuckDB's dialect class: that one derives from PostgreSQL's, whose `~` operator
    matches whole strings in DuckDB.
    """
    module = ModuleType("duckdb_types")
    for name in dir(sa.types):
        setattr(module, name, getattr(sa.types, name))
    module.DremioDialect = object  # type: ignore[attr-defined]
    return module


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]
    """SQL execution engine that holds one open DuckDB connection until `close()`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connection: sa.Connection | None = None
        self.dialect_module = _types_module()

    def _setup_engine(
        self,
        kwargs: MutableMapping[str, Any],
        connection_string: str | None = None,
        credentials: dict[str, Any] | None = None,  # noqa: ARG002  (the base class's signature)
        url: str | None = None,
    ) -> None:
        # One DuckDB connection for everyone who asks this engine: temporary views made on it are
        # then visible to every query. Autocommit, so that handing it back rolls nothing back.
        options = {"isolation_level": "AUTOCOMMIT", "poolclass": sa.StaticPool} | dict(kwargs)
        self.engine = sa.create_engine(connection_string or url or "duckdb://", **options)

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection, None, None]:
        """Yields the one connection and leaves it open, so that results can still be fetched."""
        if self._connection is None or self._connection.closed:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        """Closes the connection and the pool: an open handle would lock out the next writer."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):  # type: ignore[misc]
    """Datasource that registers itself as `context.data_sources.add_duckdb(...)`."""

    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self) -> builtins.type[DuckDBExecutionEngine]:
        """The engine class that Great Expectations instantiates for this datasource."""
        return DuckDBExecutionEngine

    def get_engine(self) -> sa.Engine:
        """The execution engine's own SQLAlchemy engine.

        Assets are then looked up on the one connection that also runs the expectations.
        """
        engine: sa.Engine = self.get_execution_engine().engine
        return engine
