"""What has to outlive a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync(path: Path) -> None:
    """Bring a file's bytes, or the names in a folder, to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_file(path: Path) -> bool:
    """Whether a file stands there, as far as anybody can see; Path.is_file raises for the rest."""
    with suppress(OSError):
        return path.is_file()
    return False
