"""A wheel holds what the packages read beside their modules: suites, assets, templates."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from orchestration.settings import PROJECT_DIR

PACKAGES = ("orchestration", "expectations")


def test_every_file_of_the_packages_is_in_the_wheel(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"  # building leaves traces
    checkout.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT_DIR / name, checkout)
    for name in PACKAGES:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT_DIR / name, checkout / name, ignore=left_out)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", str(checkout), *options, "-w", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith(PACKAGES)}
    files = {
        path.relative_to(checkout).as_posix()
        for name in PACKAGES
        for path in (checkout / name).rglob("*")
        if path.is_file()
    }
    assert {Path(name).suffix for name in files} >= {".py", ".yml", ".j2", ".css", ".woff2"}
    assert files - packed == set()
