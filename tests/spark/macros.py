"""The macros of macros/engine, rendered outside dbt for one engine or the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jinja2

from orchestration.settings import PROJECT_DIR

#: dbt's own types, as its adapters name them.
TEXT = {"duckdb": "varchar", "spark": "string"}


class EngineMacros:
    """`EngineMacros("spark").call("epoch_us", "moment")` is the SQL that a model would hold."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        files = sorted((PROJECT_DIR / "macros" / "engine").glob("*.sql"))
        text = "".join(path.read_text(encoding="utf-8") for path in files)
        text = re.sub(r"{%-? materialization.*?endmaterialization -?%}", "", text, flags=re.DOTALL)
        self.module = environment.from_string(
            text,
            globals={
                "adapter": self,
                "return": lambda value: value,
                "modules": SimpleNamespace(re=re),
                "dbt": SimpleNamespace(type_string=lambda: TEXT[engine]),
                "var": {"business_time_zone": "Europe/Paris"}.__getitem__,
            },
        ).module

    def dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        """As dbt's adapter finds an engine's macro."""
        return getattr(self.module, f"{self.engine}__{name}")

    def call(self, name: str, *arguments: Any) -> str:
        """The SQL of a macro, spelled for the engine."""
        sql = str(getattr(self.module, name)(*arguments)).strip()
        return self.spelled(sql)

    def spelled(self, sql: str) -> str:
        """SQL as the engine is handed it."""
        if self.engine != "spark":
            return sql
        return str(self.module.spark__spelled(sql)).strip()
