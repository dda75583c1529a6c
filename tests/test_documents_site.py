"""The site that `make docs` makes of README.md and docs/: whole, offline."""

from __future__ import annotations

import html.parser
import importlib.util
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import urllib.parse

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def skip_without_sphinx():
    for name in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(name, reason=f"needs {name}: the extra `dev`")


@pytest.fixture(scope="module")
def sphinx_config(root_dir):
    """docs/conf.py, as a module."""
    skip_without_sphinx()
    path = root_dir / "docs" / "conf.py"
    spec = importlib.util.spec_from_file_location("docs_conf", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(root_dir, tmp_path_factory):
    """The site, made with warnings as errors."""
    folder = tmp_path_factory.mktemp("site")
    done = make_site(root_dir, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def make_site(root_dir, folder):
    """Runs what `make docs` runs, into another folder."""
    skip_without_sphinx()
    makefile = (root_dir / "Makefile").read_text("utf-8")
    line = re.search(r"-m sphinx (.*) \. outputs/docs_site", makefile).group(1)
    offline = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *line.split(), ".", str(folder)],
        cwd=root_dir,
        check=False,
        capture_output=True,
        env=os.environ | offline | {"https_proxy": "http://127.0.0.1:9"},
        text=True,
        timeout=120,
    )


def test_every_page_is_in_the_navigation(root_dir, tracked, sphinx_config):
    index = (root_dir / "docs" / "index.md").read_text("utf-8")
    shown = [
        page.partition("</")[2].rstrip(">") + ".md"
        for _, pages in sphinx_config.navigation(index)
        for page in pages
    ]
    patterns = sphinx_config.include_patterns
    wanted = {
        name
        for name in tracked
        for pattern in patterns
        if pathlib.PurePosixPath(name).match(pattern)
        and name.count("/") == pattern.count("/")
    }
    assert set(shown) == wanted - {"docs/index.md"}
    assert len(shown) == len(set(shown))


def test_titles_and_links_of_lists_are_the_navigation(sphinx_config):
    index = (
        "# Kit\n\n- [not here](x.md)\n\n## Start\n\n"
        "- [Over view](../README.md): what\n- [NER](ner.md), [not](y.md)\n\n"
        "## Rest\n\nNo [list](z.md)\n"
        "- [report](reproduction/index.md)\n- [file](../LICENSE)\n"
    )
    assert list(sphinx_config.navigation(index)) == [
        ("Start", ["Over view </README>", "NER </docs/ner>"]),
        ("Rest", ["report </docs/reproduction/index>"]),
    ]


class Page(html.parser.HTMLParser):
    """Ids of a page, what it links to, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id"))
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") in {"stylesheet", "icon"}:
            self.loaded.append(values["href"])
        elif values.get("src"):
            self.loaded.append(values["src"])


@pytest.mark.slow
def test_links_lead_to_pages_of_the_site_and_nothing_is_loaded_from_elsewhere(
    site,
):
    pages = {
        str(path.relative_to(site)): Page(path) for path in site.rglob("*.html")
    }
    assert len(pages) > 25
    wrong = []
    for name, page in pages.items():
        wrong += [f"{name} loads {path}" for path in page.loaded if ":" in path]
        for link in [*page.links, *page.loaded]:
            url = urllib.parse.urlsplit(link)
            if url.scheme:
                continue
            folder = posixpath.dirname(name)
            path = posixpath.normpath(posixpath.join(folder, url.path))
            target = path if url.path else name
            if not (site / target).is_file():
                wrong.append(f"{name} -> {link}")
            elif url.fragment and url.fragment not in pages[target].ids:
                wrong.append(f"{name} -> {link}: no such heading")
    assert wrong == []
    styles = [p.read_text("utf-8") for p in site.glob("_static/**/*.css")]
    assert not re.search(r"url\(['\"]?https?:|@import", "".join(styles))


@pytest.mark.slow
def test_reports_are_kept_and_links_to_nowhere_found(root_dir, tmp_path):
    for name in ("docs", "benchmarks"):
        shutil.copytree(root_dir / name, tmp_path / name)
    for path in [*root_dir.glob("*.md"), root_dir / "Makefile"]:
        shutil.copy(path, tmp_path)
    report = "<!doctype html><title>a report</title>"
    (tmp_path / "docs" / "reproduction" / "some.html").write_text(report)
    with (tmp_path / "docs" / "ner.md").open("a", encoding="utf-8") as page:
        page.write("\n[a](relations.md#no-such-heading) [b](no_page.md)\n")
        page.write("[c](reproduction/some.html)\n")
    site = tmp_path / "site"
    done = make_site(tmp_path, site)
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if "docs/ner.md" in line]
    assert any("no-such-heading" in line for line in said)
    assert any("no_page" in line for line in said)
    assert not any("some.html" in line for line in said)
    kept = site / "docs" / "reproduction" / "some.html"
    assert kept.read_text("utf-8") == report
    page = (site / "docs" / "ner.html").read_text("utf-8")
    assert 'href="reproduction/some.html"' in page
    assert "download=" not in page


@pytest.mark.slow
def test_the_search_works_without_a_server(site, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"needs a browser, one of {', '.join(BROWSERS)}")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            (site / "search.html").as_uri() + "?q=layerwise",
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert 'href="docs/ner.html' in done.stdout.decode()
