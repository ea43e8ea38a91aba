"""`_source.yml`: what a folder's files can't say of themselves."""

from __future__ import annotations

import hashlib
import json
import re
import zoneinfo
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import phonenumbers
import yaml

from orchestration.ingestion.casting import CONSENT
from orchestration.ingestion.contract import DELIVERIES, Table
from orchestration.ingestion.legacy_text import AUTO

FILE_NAME = "_source.yml"
CONNECTION = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|[A-Za-z0-9_-]+")
#: One ASCII character that is no quote and ends no line or text, for the reader or the engine.
DELIMITER = re.compile(r'[^\0\n\r\x1e"\x80-\U0010ffff]')
TABLE_NAME = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)?")


class SourceSettingsError(ValueError):
    """`_source.yml` can't be used; the message names file, key and what to do."""


class _Loader(yaml.SafeLoader):
    """YAML of which no key stands twice: the second would win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As of YAML; raises ConstructorError naming a key that comes again, and its line."""
        seen = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value!r} stands there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Postgres:
    """A table of a PostgreSQL database, or a query of it, that the folder's files are read from.

    `connection` is `env:NAME` of a variable that holds the connection string, or a service of
    libpq's service file: never the string itself, which may hold a password.
    """

    connection: str
    table: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class SourceSettings:
    """Settings of one folder of the landing zone.

    `columns` maps their names to ours, `codes` maps values by our column, `constants` gives
    columns that the files don't carry; `null_values` are texts that mean "nothing". Without
    `trust_offsets` a zone written behind a time (a Z on local time) is left out of account.
    """

    delivery: str
    time_zone: str = "Europe/Paris"
    currency: str = "EUR"
    country: str = "FR"
    consent_field: str | None = None
    legal_basis: str | None = None
    encoding: str = AUTO
    delimiter: str | None = None
    trust_offsets: bool = True
    null_values: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    postgres: Postgres | None = None

    @property
    def digest(self) -> str:
        """Changes when a setting changes, so that a rejected file is tried again."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def load_source_settings(folder: Path, table: Table) -> SourceSettings:
    """Read `_source.yml` of a format's folder; defaults where there is none.

    Raises SourceSettingsError naming file, key and what is allowed.
    """
    path = folder / FILE_NAME
    given = dict(_entries(path))
    postgres = _postgres(path, given.pop("postgres", None))
    # A table of a database is read whole: what it lacks is gone.
    delivery = given.pop("delivery", "snapshot" if postgres else table.delivery)
    settings: dict[str, Any] = {"delivery": str(delivery), "postgres": postgres}
    for key in ("time_zone", "currency", "country", "consent_field", "legal_basis", "delimiter"):
        if given.get(key) is not None:
            settings[key] = str(given[key])
        given.pop(key, None)
    if "encoding" in given:
        settings["encoding"] = str(given.pop("encoding"))
    trusts = given.pop("trust_offsets", True)
    if not isinstance(trusts, bool):
        raise SourceSettingsError(f"{path}: trust_offsets takes true or false")
    settings["trust_offsets"] = trusts
    words = given.pop("null_values", ()) or ()
    if not isinstance(words, list | tuple):
        raise SourceSettingsError(f"{path}: null_values takes a list such as [NA, '-']")
    settings["null_values"] = tuple(str(value) for value in words)
    settings["columns"] = _mapping(path, "columns", given.pop("columns", {}))
    settings["constants"] = _mapping(path, "constants", given.pop("constants", {}))
    settings["codes"] = _codes(path, given.pop("codes", {}) or {})
    if given:
        raise SourceSettingsError(
            f"{path}: unknown setting {', '.join(sorted(given))}; known are "
            f"{', '.join(SourceSettings.__dataclass_fields__)}"
        )
    result = SourceSettings(**settings)
    _check(path, table, result)
    return result


def _entries(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file() and not path.is_symlink():
            return {}
        entries = yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}
    except OSError as error:
        raise SourceSettingsError(f"{path}: can't be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # Where and what, without the line: it may hold what has no place in a message.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise SourceSettingsError(f"{path}: no valid YAML{where}: {problem}") from None
    if not isinstance(entries, dict):
        raise SourceSettingsError(f"{path}: expected `setting: value` lines")
    return entries


def _postgres(path: Path, value: Any) -> Postgres | None:
    """Messages never hold what was given: it may be a password in the wrong place."""
    if value is None:
        return None
    if not isinstance(value, dict) or not value.keys() <= {"connection", "table", "query"}:
        raise SourceSettingsError(f"{path}: postgres takes connection, and table or query")
    texts = {key: str(text).strip() for key, text in value.items() if text}
    if not CONNECTION.fullmatch(texts.get("connection", "")):
        raise SourceSettingsError(
            f"{path}: postgres.connection takes env:NAME, a variable of the environment that holds "
            f"the connection string, or a service of pg_service.conf; a connection string has no "
            f"place in this file"
        )
    if ("table" in texts) == ("query" in texts):
        raise SourceSettingsError(f"{path}: postgres takes either a table or a query")
    if not TABLE_NAME.fullmatch(texts.get("table", "a")):
        raise SourceSettingsError(f"{path}: postgres.table takes a name such as public.customers")
    return Postgres(**texts)


def _mapping(path: Path, key: str, value: Any) -> dict[str, str]:
    if not isinstance(value or {}, dict):
        raise SourceSettingsError(f"{path}: {key} takes `name: name` lines")
    # A name without another behind it, as `init` proposes them, maps nothing.
    return {str(left): str(right) for left, right in (value or {}).items() if right is not None}


def _codes(path: Path, value: Any) -> dict[str, dict[str, str | None]]:
    if not isinstance(value, dict) or not all(isinstance(of, dict) for of in value.values()):
        raise SourceSettingsError(f"{path}: codes takes `column: {{theirs: ours}}` lines")
    return {
        str(column): {str(theirs): _code(ours) for theirs, ours in codes.items()}
        for column, codes in value.items()
    }


def _code(ours: Any) -> str | None:
    if ours is None or ours == "":
        return None
    return str(ours).lower() if isinstance(ours, bool) else str(ours)


def _check_names(path: Path, table: Table, settings: SourceSettings) -> None:
    """Names that lead nowhere: a consent field that is no path, keys that no record has."""
    consent = settings.consent_field or "a"
    if ":" in consent:
        column, *rest = consent.split(":", 2)
        if len(rest) < 2 or not all(rest) or column not in table.by_name:
            raise SourceSettingsError(
                f"{path}: consent_field {consent!r} is neither a column nor "
                "column:schema:property, with a column of the format such as contexts"
            )
        consent = "a"
    if table.dialect.is_json:
        for name in (consent, *settings.columns):
            if any(part in {"", "*"} for part in name.split(".")):
                raise SourceSettingsError(
                    f"{path}: {name!r} is no key of a record, nor a path such as context.page.url"
                )


def _check(path: Path, table: Table, settings: SourceSettings) -> None:
    if settings.delivery not in DELIVERIES:
        raise SourceSettingsError(
            f"{path}: delivery {settings.delivery!r}; one of {', '.join(sorted(DELIVERIES))}"
        )
    if settings.delivery == "replace_by_day" and not table.event_time:
        raise SourceSettingsError(f"{path}: replace_by_day needs a table with a date or time")
    try:
        zoneinfo.ZoneInfo(settings.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise SourceSettingsError(
            f"{path}: time_zone {settings.time_zone!r} is no IANA zone such as Europe/Paris"
        ) from error
    if settings.country not in phonenumbers.SUPPORTED_REGIONS:
        raise SourceSettingsError(
            f"{path}: country {settings.country!r} is no ISO 3166 code such as FR"
        )
    if not re.fullmatch("[A-Z]{3}", settings.currency):
        raise SourceSettingsError(
            f"{path}: currency {settings.currency!r} is no ISO 4217 code such as EUR"
        )
    if settings.delimiter is not None and not DELIMITER.fullmatch(settings.delimiter):
        raise SourceSettingsError(
            f'{path}: delimiter {settings.delimiter!r} is no single character such as ";" or "\\t"'
        )
    _check_names(path, table, settings)
    try:
        if settings.encoding != AUTO:
            "".encode(settings.encoding)
    except LookupError as error:
        raise SourceSettingsError(f"{path}: encoding {settings.encoding!r} is unknown") from error
    if settings.postgres and (table.dialect.is_json or table.dialect.header is False):
        raise SourceSettingsError(
            f"{path}: {table.family}/{table.format} isn't read by column names, so not from a table"
        )
    # Consent has codes in every format that tells it, also in a field of another name.
    coded = set(settings.codes) - ({CONSENT} if "consent" in table.settings else set())
    ours = {*settings.columns.values(), *coded, *settings.constants}
    unknown = sorted(ours - set(table.by_name))
    if unknown:
        raise SourceSettingsError(
            f"{path}: {', '.join(unknown)} is no column of {table.family}/{table.format}; "
            f"its columns are {', '.join(table.by_name)}"
        )
