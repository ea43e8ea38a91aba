"""Where the tests may kill the process, to prove that the next run completes what it left."""

from __future__ import annotations

import os
import signal

#: The moments that PASSERELLE_CRASH_AT may name, in the order of a run.
CRASH_POINTS = (
    "load",
    "after_load_commit",
    "validation",
    "build",
    "publishing_before_swap",
    "publishing_after_swap",
)

#: The same of a delivery of leads.
DELIVERY_CRASH_POINTS = (
    "deliver_recorded",
    "deliver_committed",
    "deliver_file_written",
    "deliver_file_renamed",
    "deliver_manifest_written",
    "deliver_manifest_renamed",
)


def crash_point(name: str) -> None:
    """Die here as by `kill -9` when the environment's PASSERELLE_CRASH_AT names this moment."""
    if os.environ.get("PASSERELLE_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
