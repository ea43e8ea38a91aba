"""The order of reasons is the one that the docs promise."""

from __future__ import annotations

import csv
import re

from orchestration.settings import PROJECT_DIR


def test_reasons_are_documented_in_their_order() -> None:
    with (PROJECT_DIR / "seeds" / "e_rebond_rules.csv").open(encoding="utf-8") as file:
        rules = sorted(csv.DictReader(file), key=lambda row: int(row["precedence"]))
    text = (PROJECT_DIR / "docs" / "marts.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("Reasons in their order")]

    documented = re.findall(r"`([a-z_]+)`", line)

    assert documented == list(dict.fromkeys(row["exclusion_reason"] for row in rules))
