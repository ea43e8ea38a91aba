"""Everything below a folder, through links too, and what can't be looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEADS_NOWHERE = "the link leads to nothing that is there; mend it, or mount what it leads to"


@dataclass(frozen=True)
class Entry:
    """A regular file with what the system says of it; or a folder or link with what is wrong.

    `path` is the one below the folder that was walked, whatever links it leads through.
    """

    path: Path
    found: os.stat_result | None = None
    reason: str | None = None


def walk(root: Path) -> Iterator[Entry]:
    """Files below `root`, in the order of paths. A missing folder is an empty one.

    Links to folders are followed, but for those that lead back to a folder they stand in. What is
    gone in the meantime, and what is neither file nor folder, is left out.
    """
    try:
        found = root.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield Entry(root, reason=_unreadable("folder", error))
        return
    if stat.S_ISDIR(found.st_mode):
        yield from _below(root, ((found.st_dev, found.st_ino),))


def _below(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as listed:
            names = sorted(entry.name for entry in listed)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield Entry(folder, reason=_unreadable("folder", error))
        return
    for name in names:
        path = folder / name
        try:
            found = path.stat()
        except OSError as error:
            if reason := _why(path, error):
                yield Entry(path, reason=reason)
            continue
        if stat.S_ISREG(found.st_mode):
            yield Entry(path, found)
        elif stat.S_ISDIR(found.st_mode) and (found.st_dev, found.st_ino) not in above:
            yield from _below(path, (*above, (found.st_dev, found.st_ino)))


def _why(path: Path, error: OSError) -> str | None:
    """Why a path tells nothing of itself, or None where it is gone."""
    if isinstance(error, PermissionError):
        return _unreadable("file", error)
    if path.is_symlink():
        return LEADS_NOWHERE
    return None if isinstance(error, FileNotFoundError) else _unreadable("file", error)


def _unreadable(kind: str, error: OSError) -> str:
    return f"the {kind} can't be read ({error.strerror}); see its permissions and its disk"
