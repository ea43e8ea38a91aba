"""Great Expectations in a process of its own, which imports it while files are being loaded.

The import takes many seconds; one helper a run pays for it once, in parallel, and validates every
layer. It ends with the process that started it, however that one dies.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from expectations.results import CheckResult
    from orchestration.settings import Settings

_LENGTH = struct.Struct(">Q")


class ValidationError(RuntimeError):
    """A suite is faulty, or the warehouse could not be read; the message says which."""


class Validator(Protocol):
    """What the checks need of a validator; tests bring their own."""

    def validate(
        self,
        layer: str,
        tables: Iterable[str],
        *,
        run_id: str,
        batch_filters: Mapping[str, str] | None = None,
    ) -> list[CheckResult]:
        """Run the suites of these tables of a layer; see expectations.runner.validate."""

    def close(self) -> None:
        """Give back what it holds."""


class ValidationProcess:
    """A Validator over a child process. The caller must hold no connection to the warehouse."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to import Great Expectations; returns at once."""
        if self._process is None:
            # Without the key: validation needs no secret.
            environment = {k: v for k, v in os.environ.items() if k != "PASSERELLE_HMAC_KEY"}
            environment["PYTHONPATH"] = os.pathsep.join(
                [str(self.settings.project_dir), environment.get("PYTHONPATH", "")]
            ).rstrip(os.pathsep)
            environment["GX_ANALYTICS_ENABLED"] = "false"
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestration.validation"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )

    def validate(
        self,
        layer: str,
        tables: Iterable[str],
        *,
        run_id: str,
        batch_filters: Mapping[str, str] | None = None,
    ) -> list[CheckResult]:
        """Run the suites of these tables. Raises ValidationError."""
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "database": self.settings.warehouse,
            "layer": layer,
            "as_of": self.settings.as_of,
            "reports_dir": self.settings.reports,
            "run_id": run_id,
            "tables": sorted(tables),
            "batch_filters": dict(batch_filters or {}),
            "hard_now": datetime.now(UTC).replace(tzinfo=None),
        }
        try:
            _send(process.stdin, request)
            kind, answer = _receive(process.stdout)
        except (BrokenPipeError, EOFError) as error:
            raise ValidationError("the validation process ended unexpectedly") from error
        if kind == "error":
            raise ValidationError(str(answer))
        results: list[CheckResult] = answer
        return results

    def close(self) -> None:
        """End the child process."""
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            self._process.kill()
            self._process.wait()
            self._process = None


def _send(stream: IO[bytes], message: object) -> None:
    body = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def _receive(stream: IO[bytes] | _Exactly) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    # Both ends are this module, over an anonymous pipe.
    return pickle.loads(body)


def _serve() -> None:
    """The child: answers requests until the parent's end of the pipe closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    requests: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen() -> None:
        # Reading all the time, so that a dead parent is noticed in the middle of a query too.
        stream = os.fdopen(0, "rb", buffering=0)
        reader = _Exactly(stream)
        while True:
            try:
                requests.put(_receive(reader))
            except EOFError:
                os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    from expectations import runner

    with suppress(Exception):
        import great_expectations  # noqa: F401

        import expectations.duckdb_adapter  # noqa: F401
    while True:
        request = requests.get()
        database, layer = request.pop("database"), request.pop("layer")
        answer: tuple[str, object]
        try:
            answer = ("ok", runner.validate(Path(database), layer, **request))
        except Exception as error:  # a faulty suite stops the run, not this process
            answer = ("error", f"{type(error).__name__}: {error}")
        _send(answers, answer)


class _Exactly:
    """An unbuffered stream whose read gives all the bytes asked for, fewer only at the end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        chunks = b""
        while len(chunks) < size and (chunk := self._stream.read(size - len(chunks))):
            chunks += chunk
        return chunks


if __name__ == "__main__":
    _serve()
