"""A PostgreSQL server of Debian's package, on a port and in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER = "crm_reader"
#: Not to be found anywhere outside the server and the environment.
PASSWORD = "Zq7-tr0ub4dor-x9"


@dataclass(frozen=True)
class Server:
    """A running server; `programs` is the folder of its programs."""

    programs: Path
    port: int

    def dsn(self, password: str = PASSWORD, port: int | None = None) -> str:
        return (
            f"host=127.0.0.1 port={port or self.port} user={USER} password={password} "
            "dbname=postgres"
        )

    def sql(self, text: str) -> None:
        """Run statements as the owner."""
        done = subprocess.run(
            [self.programs / "psql", self.dsn(), "-q", "-v", "ON_ERROR_STOP=1", "-c", text],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def programs() -> Path:
    """Where the server's programs are; skips where there are none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "psql").is_file():
            return folder
    pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")


def owner() -> str | None:
    """The server refuses to run as root: the user to run it as, None for oneself."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL doesn't run as root, and there is no user postgres or nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a new folder; stop it and remove the folder in the end."""
    folder, user = programs(), owner()
    home = Path(tempfile.mkdtemp(prefix="passerelle-postgres-"))
    server = Server(folder, free_port())

    def run(*command: str | Path) -> None:
        # Its output goes to a file: the server would hold a pipe open.
        with (home / "commands.log").open("ab") as log:
            done = subprocess.run(
                command, user=user, cwd="/", stdout=log, stderr=log, timeout=120, check=False
            )
        assert done.returncode == 0, (home / "commands.log").read_text(errors="replace")[-2000:]

    try:
        (home / "password").write_text(PASSWORD)
        if user:
            shutil.chown(home, user)
            shutil.chown(home / "password", user)
        data = home / "data"
        run(
            folder / "initdb", "-D", data, "-U", USER, f"--pwfile={home / 'password'}",
            "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync",
        )  # fmt: skip
        options = f"-p {server.port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
        try:
            yield server
        finally:
            run(folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
