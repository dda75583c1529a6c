"""What README and docs show to people is so: files, Python code, links."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import re

from reporting import experiments
from tests import documented_commands

# Packages of docs' Python code that `.venv` need not have.
OTHERS_PACKAGES = {"torch", "transformers"}


def test_one_page_shows_every_file(root_dir, tracked, tree_script):
    page = (root_dir / tree_script.PAGE).read_text(encoding="utf-8")
    tree = tree_script.render_tree(tracked)
    assert page == tree_script.with_tree(page, tree), "run `make tree`"


def python_blocks(root_dir):
    for page in documented_commands.pages(root_dir):
        text = page.read_text("utf-8")
        for number, language, block in documented_commands.fenced(text):
            if language == "python":
                yield f"{page.name}:{number}", block


def test_python_code_in_pages_compiles_and_imports(root_dir):
    wrong = []
    blocks = list(python_blocks(root_dir))
    assert len(blocks) >= 6
    for where, block in blocks:
        compile(block, where, "exec")
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Import):
                modules = [(alias.name, None) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [(node.module, alias.name) for alias in node.names]
            else:
                continue
            wrong += [
                f"{where}: cannot import {module} {name or ''}"
                for module, name in modules
                if not is_importable(root_dir, module, name)
            ]
    assert wrong == []


def is_importable(root_dir: pathlib.Path, module: str, name: str | None):
    """Tells whether a module, and a name in it, are there; imports neither."""
    if module.split(".")[0] in OTHERS_PACKAGES:
        return True
    path = root_dir / (module.replace(".", "/") + ".py")
    if not path.is_file():
        return importlib.util.find_spec(module.split(".")[0]) is not None
    top = ast.parse(path.read_bytes()).body
    defined = {getattr(node, "name", None) for node in top}
    return name is None or name in defined


def test_a_python_import_that_is_not_there_is_found(root_dir):
    assert is_importable(root_dir, "inference.tagger", "load_tagger")
    assert not is_importable(root_dir, "inference.tagger", "load_taggers")
    assert not is_importable(root_dir, "inferences.tagger", "load_tagger")


def slug(heading: str) -> str:
    """Returns a heading's anchor, as GitHub makes it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def broken_links(page: pathlib.Path):
    """Yields links of a page to files or headings that are not there."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S
    )
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+://", target):
            continue
        path, _, anchor = target.partition("#")
        other = page.parent / path if path else page
        if not other.exists():
            yield target
        elif anchor:
            lines = re.findall(r"^#+ (.*)", other.read_text("utf-8"), re.M)
            if anchor not in {slug(line) for line in lines}:
                yield target


def test_links_lead_to_files_and_headings(root_dir, tracked):
    wrong = [
        f"{name}: {target}"
        for name in tracked
        if name.endswith(".md")
        for target in broken_links(root_dir / name)
    ]
    assert wrong == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading: `code`, [link](page.md)\n[b](other.md) [c](#a-headin)\n"
        "[d](page.md#a-heading-code-link) ![e](e.png) `[f](f.md)`\n",
        "utf-8",
    )
    assert list(broken_links(page)) == ["other.md", "#a-headin", "e.png"]


def test_the_published_tables_are_listed(root_dir):
    page = (root_dir / "docs" / "reproduction" / "index.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(experiments.table_names())
