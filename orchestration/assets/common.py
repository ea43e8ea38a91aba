"""What every step shares: keys, the pool, and which errors are worth another try."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from orchestration.resources import PipelineRun
from orchestration.settings import SettingsError
from orchestration.warehouse import WarehouseBusyError, is_locked, way_out_of

#: One writer: Dagster's pool and the warehouse's own lock say the same.
POOL = "warehouse"
RETRIES = 2
RETRY_SECONDS = 5.0

#: Errors of the machine that pass: interrupted, try again, busy, timed out, stale handle.
_PASSING = {errno.EINTR, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.EIO}


def run_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> PipelineRun:
    """The run that a step belongs to."""
    run: PipelineRun = context.resources.run
    return run


def raw_key(family: str, format_: str) -> dg.AssetKey:
    """The asset of a family and format."""
    return dg.AssetKey(["raw", family, format_])


def is_passing(error: BaseException) -> bool:
    """Whether the same step may succeed a moment later without anybody doing anything."""
    if isinstance(error, WarehouseBusyError):
        return True
    if is_locked(error):
        return True
    return isinstance(error, OSError) and error.errno in _PASSING


@contextmanager
def guarded(run: PipelineRun, step: str) -> Iterator[None]:
    """Ask Dagster for another try of what can pass; note anything else as the run's failure."""
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except SettingsError as error:
        run.error = str(error)
        raise dg.Failure(str(error), allow_retries=False) from error
    except Exception as error:
        if is_passing(error):
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error
        way_out = way_out_of(str(error), run.settings.warehouse)
        run.error = way_out or f"{step}: {_kind(error)}"
        raise


def _kind(error: Exception) -> str:
    # The engine's messages may quote a value; the project's own errors never do.
    if isinstance(error, duckdb.Error):
        return type(error).__name__
    return f"{type(error).__name__}: {error}"


def fail(run: PipelineRun, message: str) -> dg.Failure:
    """Note why the run failed, and give the error to raise."""
    run.error = way_out_of(message, run.settings.warehouse) or message
    return dg.Failure(message, allow_retries=False)
