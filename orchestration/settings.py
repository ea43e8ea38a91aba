"""Where things are, what time it is, and the key of the hashes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.disk import is_file

PROJECT_DIR = Path(__file__).resolve().parents[1]

#: Known to everybody, hence worth nothing: accepted for the sample world only.
DEVELOPMENT_KEY = "passerelle-development-key"

#: What builds the models (docs/scaling.md).
DUCKDB, SPARK = "duckdb", "spark"


class SettingsError(ValueError):
    """A setting can't be used; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Settings of one run. Paths are absolute; `as_of` is UTC without zone."""

    home: Path
    landing: Path
    as_of: datetime
    full_refresh: bool = False
    project_dir: Path = PROJECT_DIR
    #: Nobody said what time it is: the machine did.
    is_machine_clock: bool = False
    #: DUCKDB or SPARK.
    engine: str = DUCKDB
    hmac_key: str | None = field(default=None, repr=False)

    @classmethod
    def load(
        cls,
        *,
        home: str | Path | None = None,
        landing: str | Path | None = None,
        as_of: str | datetime | None = None,
        full_refresh: bool = False,
    ) -> Settings:
        """Arguments first, then PASSERELLE_* of the environment, then the defaults.

        Without any clock the machine's is taken, once, here.
        Raises SettingsError for a clock that isn't ISO 8601 and for an engine that nobody knows.
        """
        home_dir = Path(home or os.environ.get("PASSERELLE_HOME") or PROJECT_DIR / ".passerelle")
        home_dir = home_dir.expanduser().absolute()
        landing_dir = Path(landing or os.environ.get("PASSERELLE_LANDING") or home_dir / "landing")
        said = as_of or os.environ.get("PASSERELLE_AS_OF")
        clock = said or datetime.now(UTC)
        engine = os.environ.get("PASSERELLE_ENGINE") or DUCKDB
        if engine not in (DUCKDB, SPARK):
            raise SettingsError(f"PASSERELLE_ENGINE is {engine!r}; write {DUCKDB} or {SPARK}")
        return cls(
            home=home_dir,
            landing=landing_dir.expanduser().absolute(),
            as_of=parse_instant(clock) if isinstance(clock, str) else naive_utc(clock),
            full_refresh=full_refresh,
            is_machine_clock=not said,
            engine=engine,
            hmac_key=os.environ.get("PASSERELLE_HMAC_KEY") or None,
        )

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """What BI tools read; a link to the version in force."""
        return self.home / "published"

    @property
    def reports(self) -> Path:
        """The pages for people."""
        return self.home / "reports"

    @property
    def outbox(self) -> Path:
        """Lead files for the contact centre."""
        return self.home / "outbox"

    @property
    def state(self) -> Path:
        """What a run may lose: caches and work files."""
        return self.home / "state"

    @property
    def is_sample(self) -> bool:
        """Whether the landing zone was written by `passerelle sample`, which leaves its clock."""
        return is_file(self.landing / "as_of")

    def require_key(self) -> bytes:
        """The HMAC key.

        Raises SettingsError where none is set, or where the development key meets real data.
        """
        key = self.hmac_key
        if self.is_sample:
            return (key or DEVELOPMENT_KEY).encode()
        if not key:
            raise SettingsError(
                "PASSERELLE_HMAC_KEY is not set, and the landing zone holds values that identify "
                "people. Make a key once (`openssl rand -hex 32`), keep it safe, export it."
            )
        if key == DEVELOPMENT_KEY:
            raise SettingsError(
                "PASSERELLE_HMAC_KEY is the development key, which is public: it is accepted for "
                "the sample world only. Make a key with `openssl rand -hex 32`."
            )
        return key.encode()

    def with_as_of(self, as_of: datetime) -> Settings:
        """The same settings at another time."""
        return replace(self, as_of=naive_utc(as_of), is_machine_clock=False)


def key_fingerprint(key: bytes) -> str:
    """A short digest that tells two keys apart and gives neither away."""
    return hashlib.sha256(b"passerelle key fingerprint\0" + key).hexdigest()[:16]


def naive_utc(instant: datetime) -> datetime:
    """An instant as UTC without zone; one without zone is taken as UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant as UTC without zone. Raises SettingsError."""
    try:
        return naive_utc(datetime.fromisoformat(text.strip()))
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is no instant; write it as 2026-10-31T22:00:00Z (UTC)"
        ) from error
