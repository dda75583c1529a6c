"""Settings of Sphinx, which makes a site of the Markdown pages (`make docs`).

Pages are read from the top of the checkout, so that README.md, benchmarks/ and
docs/ link to each other by the same relative paths as on GitHub. docs/index.md
is a page for people, and its lists of links are the navigation too.
"""

from __future__ import annotations

import pathlib
import posixpath
import re
import shutil
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

project = "biobert-kit"
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "benchmarks/README.md",
    "docs/*.md",
    "docs/*/*.md",
]
# Where there are no pages: without it Sphinx walks through environments.
exclude_patterns = [".*", "datasets", "outputs", "tests"]

myst_heading_anchors = 4  # levels of headings that links may go to
smartquotes = False  # of "--" before a flag it would make a dash
highlight_language = "none"  # of blocks that name no language
# A line with "..." for what is left out is no JSON, but reads well.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "biobert-kit"
html_copy_source = False
html_use_index = False  # of code, of which there is none
html_show_copyright = False  # NOTICE says more
html_show_sourcelink = False
html_extra_path = ["site/index.html"]  # leads to root_doc
html_static_path = ["site/site.css"]
html_css_files = ["site.css"]


def navigation(index: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each heading of index.md with the pages that its list links to.

    Args:
      index: the text of docs/index.md.
    """
    for section in index.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        links = re.findall(r"^- \[([^]]+)\]\(([^)#]+)\.md\)", body, re.M)
        pages = [
            f"{name} </{posixpath.normpath(posixpath.join('docs', path))}>"
            for name, path in links
        ]
        yield title, pages


def add_navigation(_: Sphinx, docname: str, source: list[str]) -> None:
    """Appends index.md's own lists to it as a table of contents."""
    if docname == root_doc:
        for title, pages in navigation(source[0]):
            options = [":hidden:", f":caption: {title}", ""]
            lines = ["", "```{toctree}", *options, *pages, "```", ""]
            source[0] += "\n".join(lines)


def keep_files(app: Sphinx, document: nodes.document) -> None:
    """Puts files that pages link to at their own places in the site.

    MyST makes a download, under a name of Sphinx's own, of a link to what is no
    page: pictures, licences, reports that are web pages already.
    """
    folder = posixpath.dirname(app.env.docname)
    for link in list(document.findall(addnodes.download_reference)):
        path = posixpath.normpath(posixpath.join(folder, link["reftarget"]))
        kept = pathlib.Path(app.outdir, path)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pathlib.Path(app.srcdir, path), kept)
        target = link["reftarget"]
        link.replace_self(
            nodes.reference("", "", *link.children, refuri=target)
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Registers what this file adds to Sphinx."""
    app.connect("source-read", add_navigation)
    # Before Sphinx collects downloads (500).
    app.connect("doctree-read", keep_files, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
