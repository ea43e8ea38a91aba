"""What a step costs: CPU seconds of all threads, wall seconds, peak memory."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds; peak resident memory in GiB while the step ran."""

    cpu: float
    wall: float
    memory: float


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**30


def measured(step: Callable[[], T]) -> tuple[T, Cost]:
    """Run a step and say what it cost."""
    peak = _resident()
    is_done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not is_done.wait(0.05):
            peak = max(peak, _resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    cpu, wall = _cpu(), time.monotonic()
    try:
        result = step()
    finally:
        is_done.set()
        watcher.join()
    return result, Cost(_cpu() - cpu, time.monotonic() - wall, peak)
