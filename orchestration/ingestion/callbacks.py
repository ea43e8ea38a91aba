"""What the engine asks of Python while it reads a part: identifiers, misfits, physical lines.

So a part is read once and stored once: a table between the two would cost as much as storing.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import crawleruseragents
import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

from orchestration.ingestion.values import Identifier, identify
from orchestration.settings import Settings, SettingsError

HASHED_KINDS = frozenset({"phone", "email", "handle", "login"})
#: Stands between the status, the hash and the E.164 form of an identifier in a callback's answer.
SEPARATOR = "|"
#: The view of user agents that were looked at already, `value` and `is_bot`.
KNOWN_AGENTS = "known_agents"
T = TypeVar("T")
_counter = itertools.count(1)


@dataclass
class PartFindings:
    """What was found in a part so far."""

    #: By kind and value as delivered.
    identifiers: dict[str, dict[str, Identifier]] = field(default_factory=dict)
    #: Ordinals of the rows whose values don't fit their columns, and why.
    misfits: list[tuple[int, str]] = field(default_factory=list)
    #: Whether something was hashed, or would have been with a key.
    needs_key: bool = False


class Callbacks:
    """Functions that the statements of one connection call; `names` are theirs in SQL.

    They hold no connection, which would keep the warehouse open. What one of them raises comes out
    of the engine as an error of its own: `failure` is what it was.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.settings = settings
        self.found = PartFindings()
        self.failure: Exception | None = None
        self._country = ""
        self._key: bytes | None = None
        self._first_ordinals: list[int] = []
        self._shifts: list[int] = []
        self._answers: dict[tuple[str, str], str] = {}
        self._bots: dict[str, bool] = {}
        self._bots_told: int | None = None
        # Connections to one file share what is registered: each has names of its own.
        number = next(_counter)
        self.names = {
            name: f"loader_{number}_{name}" for name in ("identify", "is_bot", "line", "misfit")
        }

        def identified(kind: str, value: str) -> str:
            return self._guarded(self._identified, kind, value)

        def is_bot(value: str) -> bool:
            return self._guarded(self._is_bot, value)

        def line(ordinal: int) -> int:
            return self.line_of(ordinal)

        def misfit(ordinal: int, problem: str) -> bool:
            self.found.misfits.append((ordinal, problem))
            return False

        self._create(con, "identify", identified, ["varchar", "varchar"], "varchar")
        self._create(con, "is_bot", is_bot, ["varchar"], "boolean")
        self._create(con, "line", line, ["bigint"], "bigint")
        self._create(con, "misfit", misfit, ["bigint", "varchar"], "boolean")

    def _create(
        self,
        con: duckdb.DuckDBPyConnection,
        name: str,
        function: Callable[..., str | int | bool],
        parameters: list[Any],
        returned: str,
    ) -> None:
        con.create_function(
            self.names[name],
            function,
            parameters,
            returned,
            type=PythonUDFType.NATIVE,
            # Otherwise the engine may ask for rows that a filter has left out, and again.
            side_effects=True,
        )

    def begin(
        self, con: duckdb.DuckDBPyConnection, country: str, runs: Sequence[tuple[int, int]]
    ) -> None:
        """Forget the part before. `country` reads phone numbers, `runs` are the part's."""
        self.found = PartFindings()
        self.failure = None
        self._answers.clear()
        self._country = country
        # Once a part: it looks at files.
        try:
            self._key = self.settings.require_key()
        except SettingsError:
            # The loader says so behind the statement where it was needed, and keeps nothing.
            self._key = None
        self._first_ordinals = [ordinal for ordinal, _ in runs]
        self._shifts = [line - ordinal for ordinal, line in runs]
        if self._bots_told != len(self._bots):
            # A join with the agents of earlier parts costs a tenth of asking for each row.
            agents = {
                "value": pa.array(self._bots.keys(), pa.string()),
                "is_bot": pa.array(self._bots.values(), pa.bool_()),
            }
            con.register(KNOWN_AGENTS, pa.table(agents))
            self._bots_told = len(self._bots)

    def after_rollback(self) -> None:
        """Tell of known agents again: their view went with the transaction that registered it."""
        self._bots_told = None

    def line_of(self, ordinal: int) -> int:
        """The physical line of a record of the part."""
        return ordinal + self._shifts[bisect_right(self._first_ordinals, ordinal) - 1]

    def _guarded(self, function: Callable[..., T], *values: str) -> T:
        try:
            return function(*values)
        except Exception as error:
            self.failure = error
            raise

    def _identified(self, kind: str, value: str) -> str:
        answer = self._answers.get((kind, value))
        if answer is None:
            found = self._found(kind, value)
            self.found.identifiers.setdefault(kind, {})[value] = found
            number = (found.normalised or "") if kind == "phone" else ""
            answer = SEPARATOR.join((found.status, found.hash or "", number))
            self._answers[kind, value] = answer
        return answer

    def _found(self, kind: str, value: str) -> Identifier:
        if kind in HASHED_KINDS:
            self.found.needs_key = True
            if self._key is None:
                return Identifier(value, None, None, "invalid")
        return identify(kind, [value], self._country, self._key or b"")[0]

    def _is_bot(self, value: str) -> bool:
        if value not in self._bots:
            self._bots[value] = crawleruseragents.is_crawler(value)
        return self._bots[value]
