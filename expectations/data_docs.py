"""Data Docs that open without a network: Great Expectations' site, with local assets.

Layout below `<reports_dir>/data_docs`: `index.html` (the kept runs), `assets/` (shared by all
pages), and per run and layer `<run_id>/<layer>/index.html` with a page per validation. A second
validation of the same run and layer adds to its site. The newest KEPT_RUNS runs stay on disk.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext

KEPT_RUNS = 20
ASSETS_DIR = Path(__file__).resolve().parent / "assets"
_SUMMARY = "summary.json"

# Page link, as Great Expectations writes it, to our copies; no copies: the tag is dropped.
_LOCAL_COPIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"/npm/vega(?:-lite|-embed)?@\d", ()),
    (r"/font-awesome/[^\"]*all\.min\.css", ("css/fontawesome.min.css", "css/solid.min.css")),
    (r"/jquery-[\d.]+\.min\.js", ("js/jquery.min.js",)),
    (r"/popper\.min\.js", ("js/popper.min.js",)),
    (r"/bootstrap\.min\.js", ("js/bootstrap.min.js",)),
    (r"/bootstrap\.min\.css", ("css/bootstrap.min.css",)),
    (r"/bootstrap-table\.min\.js", ("js/bootstrap-table.min.js",)),
    (r"/bootstrap-table\.min\.css", ("css/bootstrap-table.min.css",)),
    (r"/bootstrap-table-filter-control\.min\.js", ("js/bootstrap-table-filter-control.min.js",)),
    (
        r"/bootstrap-table-filter-control(?:\.min)?\.css",
        ("css/bootstrap-table-filter-control.min.css",),
    ),
    (r"/bootstrap-datepicker\.min\.js", ("js/bootstrap-datepicker.min.js",)),
    (r"/bootstrap-datepicker\.min\.css", ("css/bootstrap-datepicker.min.css",)),
    (r"/bootstrap-prefers-dark\.css", ("css/bootstrap-prefers-dark.min.css",)),
)
_TAG = re.compile(
    r"<script[^>]*\ssrc=\"(https?://[^\"]*)\"[^>]*>\s*</script>"
    r"|<link[^>]*\shref=\"(https?://[^\"]*)\"[^>]*/?>"
)
_LOGO = re.compile(r"https?://[^\"')\s]*(?:logo-long|full_logo_dark)\.png[^\"')\s]*")
_FAVICON = re.compile(r"\"[./]*static/images/favicon\.ico\"")
_NEWSLETTER = re.compile(r"<p>[^<]*newsletter[^<]*<a [^>]*>[^<]*</a>[^<]*</p>")
_NETWORK_LINK = re.compile(r"(?:src|href)=[\"']?https?://[^\"'\s>]*|url\([\"']?https?://[^)]*")
_SUITE_PAGE = re.compile(r"<a\s[^>]*href=\"[./]*expectations/[^\"]*\"[^>]*>(.*?)</a>", re.DOTALL)
_ANCHOR = re.compile(r"<a\s[^>]*href=\"https?://[^\"]*\"[^>]*>(.*?)</a>", re.DOTALL)


@dataclass(frozen=True)
class LayerSummary:
    """One line of the reports' index."""

    run_id: str
    layer: str
    as_of: str
    passed: int
    warnings: int
    critical: int


def safe_name(run_id: str) -> str:
    """The run id as a folder name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", run_id).strip(".") or "run"


def site_dir(reports_dir: Path, run_id: str, layer: str) -> Path:
    """Folder of one run's and layer's site."""
    return reports_dir / "data_docs" / safe_name(run_id) / layer


def build_site(
    context: AbstractDataContext, reports_dir: Path, site: Path, identifiers: Iterable[Any]
) -> None:
    """Renders the pages of the given validations and the site's index, all with local links."""
    from great_expectations.render.renderer.site_builder import SiteBuilder

    builder = SiteBuilder(
        data_context=context,
        store_backend={
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(site.resolve()),
        },
        site_name="data_docs",
        show_how_to_buttons=False,
        # A suite's page would repeat its validation's page without the results.
        site_section_builders={"expectations": "none", "profiling": "none"},
    )
    # Great Expectations would copy 4 MB of fonts and films into each site.
    builder.target_store.copy_static_assets = lambda *_, **__: None
    builder.build(resource_identifiers=list(identifiers))
    assets = copy_assets(reports_dir)
    for page in site.rglob("*.html"):
        make_local(page, assets)


def copy_assets(reports_dir: Path) -> Path:
    """Copies the shared assets beside the pages, once; returns their folder."""
    assets = reports_dir / "data_docs" / "assets"
    if not (assets / "favicon.ico").exists():
        import great_expectations

        shutil.copytree(ASSETS_DIR, assets, dirs_exist_ok=True)
        images = Path(great_expectations.__file__).parent / "render/view/static/images"
        for name in ("logo-long.png", "favicon.ico"):
            shutil.copyfile(images / name, assets / name)
    return assets


def make_local(page: Path, assets: Path) -> None:
    """Rewrites a page so that it asks nothing of a network; raises ValueError if a link stays.

    Does nothing to a page that is local already.
    """
    text = page.read_text(encoding="utf-8")
    if not _NETWORK_LINK.search(text) and not _FAVICON.search(text):
        return
    prefix = Path(os.path.relpath(assets, page.parent)).as_posix()

    def local_tag(match: re.Match[str]) -> str:
        url = match.group(1) or match.group(2)
        for pattern, copies in _LOCAL_COPIES:
            if re.search(pattern, url):
                return "\n".join(_tag(f"{prefix}/{copy}") for copy in copies)
        raise ValueError(f"{page.name}: no local copy of {url}")

    text = _TAG.sub(local_tag, text)
    text = _LOGO.sub(f"{prefix}/logo-long.png", text)
    text = _FAVICON.sub(f'"{prefix}/favicon.ico"', text)
    text = _NEWSLETTER.sub("", text)
    text = _SUITE_PAGE.sub(r"\1", _ANCHOR.sub(r"\1", text))
    rest = _NETWORK_LINK.search(text)
    if rest:
        raise ValueError(f"{page.name}: a link to the network stays: {rest.group()}")
    page.write_text(text, encoding="utf-8")


def _tag(target: str) -> str:
    if target.endswith(".js"):
        return f'<script src="{target}"></script>'
    return f'<link rel="stylesheet" href="{target}">'


def write_summary(site: Path, summary: LayerSummary) -> None:
    """Keeps the figures of one run and layer for the reports' index."""
    site.mkdir(parents=True, exist_ok=True)
    (site / _SUMMARY).write_text(json.dumps(summary.__dict__), encoding="utf-8")


def prune_runs(data_docs: Path, kept: int = KEPT_RUNS) -> None:
    """Removes the oldest runs' sites beyond the newest `kept`."""
    runs = [folder for folder in data_docs.iterdir() if folder.is_dir() and folder.name != "assets"]
    runs.sort(key=lambda folder: (folder.stat().st_mtime_ns, folder.name), reverse=True)
    for folder in runs[kept:]:
        shutil.rmtree(folder)


def write_index(data_docs: Path) -> None:
    """Writes `index.html`: the kept runs, newest first, with their layers' figures."""
    files = list(data_docs.glob(f"*/*/{_SUMMARY}"))
    files.sort(key=lambda file: file.stat().st_mtime_ns, reverse=True)
    rows = "\n".join(_row(file) for file in files)
    (data_docs / "index.html").write_text(
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Validation reports</title>
<link rel="stylesheet" href="assets/css/bootstrap.min.css">
<link rel="stylesheet" href="assets/css/bootstrap-prefers-dark.min.css">
<link rel="shortcut icon" href="assets/favicon.ico">
</head>
<body class="container pt-4">
<h1>Validation reports</h1>
<p>One line for each run and layer, newest first. Reports name rows by id and hold no values.</p>
<table class="table table-sm">
<thead><tr><th>Run</th><th>Layer</th><th>Clock (UTC)</th><th>Passed</th>
<th>Failed, not critical</th><th>Failed, critical</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
""",
        encoding="utf-8",
    )


def _row(file: Path) -> str:
    summary = LayerSummary(**json.loads(file.read_text(encoding="utf-8")))
    link = f"{file.parent.parent.name}/{file.parent.name}/index.html"
    style = "table-danger" if summary.critical else "table-warning" if summary.warnings else ""
    return (
        f'<tr class="{style}"><td><a href="{html.escape(link)}">{html.escape(summary.run_id)}</a>'
        f"</td><td>{html.escape(summary.layer)}</td><td>{html.escape(summary.as_of)}</td>"
        f"<td>{summary.passed}</td><td>{summary.warnings}</td><td>{summary.critical}</td></tr>"
    )
