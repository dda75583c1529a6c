"""What README, recipes and scripts show to people is so."""

import re
import shlex
import subprocess
import sys

import pytest


def test_one_page_shows_every_file(root_dir, tracked, tree_script):
    page = (root_dir / tree_script.PAGE).read_text(encoding="utf-8")
    tree = tree_script.render_tree(tracked)
    assert page == tree_script.with_tree(page, tree), "run `make tree`"


def documented_commands(root_dir):
    """Yields (where, script, flags) of every command that people are shown."""
    pages = [
        *root_dir.glob("*.md"),
        *root_dir.glob("docs/*.md"),
        *root_dir.glob("benchmarks/*.md"),
        *root_dir.glob("scripts/*.sh"),
    ]
    for page in sorted(pages):
        text = page.read_text(encoding="utf-8")
        shell = text if page.suffix == ".sh" else shell_parts(text)
        for line in shell.replace("\\\n", " ").splitlines():
            command = re.search(
                r"python\S*\"? ((?:scripts/)?\w+\.py)(.*)", line
            )
            if command:
                flags = re.findall(r"(?<=\s)--(\w+)", command.group(2))
                yield page.name, command.group(1), flags


def shell_parts(markdown):
    """Returns fenced shell code, and the code in each row's last cell."""
    fenced = re.findall(r"```(?:bash|sh)\n(.*?)```", markdown, re.DOTALL)
    rows = re.findall(r"^\|.*\|$", markdown, re.MULTILINE)
    cells = [row.strip("|").rpartition("|")[2] for row in rows]
    return "\n".join(
        fenced + [c for cell in cells for c in re.findall("`([^`]+)`", cell)]
    )


@pytest.fixture(scope="module")
def flags_of(root_dir):
    known = {}

    def ask(script):
        if script not in known:
            is_ours = "absl" in (root_dir / script).read_text("utf-8")
            done = subprocess.run(
                [
                    sys.executable,
                    script,
                    "--helpfull" if is_ours else "--help",
                ],
                cwd=root_dir,
                check=False,
                capture_output=True,
                text=True,
            )
            known[script] = set(
                re.findall(r"--(?:\[no\])?(\w+)", done.stdout + done.stderr)
            )
        return known[script]

    return ask


def test_documented_commands_exist(root_dir, flags_of):
    wrong = []
    for page, script, flags in documented_commands(root_dir):
        if not (root_dir / script).is_file():
            wrong.append(f"{page}: no {script}")
            continue
        known = {*flags_of(script), "flagfile"}  # absl's own, in no help
        wrong += [
            f"{page}: {script} has no --{flag}"
            for flag in flags
            if flag not in known and flag.removeprefix("no") not in known
        ]
    assert wrong == []


def test_recipes_hold_flags_that_exist(root_dir, flags_of):
    wrong = []
    for recipe in sorted((root_dir / "scripts" / "recipes").glob("*.flags")):
        text = recipe.read_text(encoding="utf-8")
        named = re.findall(r"\bpython (\w+\.py)\b", text)
        scripts = named or ["run_ner.py"]
        for line in text.splitlines():
            for word in shlex.split(line, comments=True):
                flag = word.removeprefix("--").partition("=")[0]
                if flag not in flags_of(scripts[0]):
                    wrong.append(f"{recipe.name}: {scripts[0]} has no {word}")
    assert wrong == []
