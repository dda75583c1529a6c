"""Writes the file tree of docs/files.md from what files say of themselves.

A Python file's line is the first sentence of its docstring, a shell script's
its first comment; `OTHERS` has the rest. `make tree` runs it, a test compares.
"""

from __future__ import annotations

import argparse
import ast
import pathlib
import subprocess
import sys

from foundation import files

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/files.md"
START = "<!-- tree: written by `make tree` -->"
END = "<!-- end of tree -->"
INDENT = "  "

# Folders that are not packages; their files are listed.
FOLDERS = {
    ".ci/": "continuous integration",
    "benchmarks/": "timings against what a user would use instead",
    "docs/": "what does not fit into a comment",
    "scripts/": "small tools, and shell scripts named after what they repeat",
    "tests/": "mirror the packages",
}

# What cannot say it itself. A folder named here is one line, without its files.
OTHERS = {
    ".ci/run": "what CI runs: make test",
    ".gitignore": "what is not committed",
    ".pre-commit-config.yaml": "the checks before a commit, without network",
    "CHANGELOG.md": "what changed, by version",
    "CONTRIBUTING.md": "three commands, the layers, how to add a corpus",
    "LICENSE": "Apache-2.0",
    "Makefile": "setup, demo, test, check",
    "NOTICE": "who wrote the originals; licences of bundled data",
    "README.md": "what it is, and what to run for what you have",
    "benchmarks/README.md": "how times are taken, and what came out",
    "conversion/parity_sentences.txt": "real sentences to compare models on",
    "docs/checkpoints.md": "models in and out: TF1, Hugging Face, and back",
    "docs/annotations.md": "i2b2, brat, PubTator, BigBIO: tags and back",
    "docs/literature.md": "papers and plain text to text to pretrain on",
    "docs/classification.md": "texts and pairs: corpora, labels, windows",
    "docs/question_answering.md": "SQuAD and BioASQ, from JSON to scores",
    "docs/gad_learning.png": "GAD, fold 1, from a small encoder",
    "docs/healthver_learning.png": "HealthVer, from a small encoder",
    "docs/hoc_learning.png": "hallmarks of cancer, from a small encoder",
    "docs/clinical_notes.md": "tables of clinical notes to text to pretrain "
    "on: sections, marks, repeats, chunks",
    "docs/dependencies.md": "each dependency: why, and what it costs",
    "docs/bioasq_learning.png": "BioASQ factoids are learned, without SQuAD",
    "docs/predict_memory.png": "memory while 1 GB of text is tagged",
    "docs/pretraining_albert.png": "a small ALBERT learns from nothing",
    "docs/pretraining_bert.png": "a small BERT learns from nothing",
    "docs/features.md": "vectors of text, and masked words guessed",
    "docs/files.md": "this page",
    "docs/fidelity.md": "original behaviour | where | ours | why",
    "docs/index.md": "the pages in order; the navigation of the site",
    "docs/models.md": "published models, hf:// paths, what lies at a path",
    "docs/ner.md": "named entities, task by task",
    "docs/old_commands.md": "the originals' command lines, and the ones here",
    "docs/pretraining.md": "pretraining, from two commands to machines",
    "docs/pretraining_data.md": "pretraining data, from text to records",
    "docs/relations.md": "relation corpora: tables, markers, scores",
    "docs/reproduction/": "published tables run again: report, ledger",
    "docs/scores.md": "how scores are counted",
    "docs/serving.md": "SavedModels: signatures, serving, a Python client",
    "docs/scale.md": "large corpora: units, workers, Beam, costs",
    "docs/statistics.md": "intervals, and when a difference is one",
    "docs/site/": "what the site of the documentation has besides pages",
    "docs/vocabulary.md": "a vocabulary for a language or a field",
    "preprocessing/characters_unicode14.txt": "the one table for characters",
    "pyproject.toml": "the package, and every tool's settings",
    "reporting/report.css": "how the report looks: light, dark, on paper",
    "reporting/report.js": "the report's filters, keys and folded parts",
    "requirements-beam.lock": "every package of .venv-beam, pinned",
    "requirements-huggingface.lock": (
        "every package of .venv-huggingface, pinned"
    ),
    "requirements-weights.lock": "real BERT weights for tests, pinned",
    "requirements.lock": "every package of .venv, pinned",
    "scripts/create_pretrain_data.sh": "clinicalBERT's data, by category",
    "scripts/experiments/": "published tables, a script for each recipe",
    "scripts/recipes/": "published settings as flag files",
    "scripts/callers_paths.sh": "paths of the caller, for scripts",
    "scripts/grid_points.sh": "which points of a grid are done",
    "scripts/finetune_lm_tf.sh": "clinicalBERT's pretraining",
    "scripts/pretrain_bioalbert.sh": "BioALBERT's pretraining, four mixes",
    "scripts/pretrain_biobert.sh": "BioBERT's pretraining, v1.0 and v1.1",
    "scripts/run_i2b2.sh": "clinicalBERT's grid on i2b2, ten folds a point",
    "tests/benchmarks/": "tests of benchmarks/",
    "tests/cli/": "tests of cli/",
    "tests/conversion/": "tests of conversion/",
    "tests/evaluation/": "tests of evaluation/",
    "tests/fixtures/": "tiny corpora and checkpoints",
    "tests/foundation/": "tests of foundation/",
    "tests/golden/": "outputs of the original programs, small slices",
    "tests/inference/": "tests of inference/",
    "tests/modeling/": "tests of modeling/",
    "tests/preprocessing/": "tests of preprocessing/",
    "tests/reporting/": "tests of reporting/",
    "tests/scripts/": "tests of the scripts, run as commands",
    "tests/tasks/": "tests of tasks/",
    "tests/training/": "tests of training/",
}


def main() -> int:
    """Writes docs/files.md anew; returns the process's exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    page = str(ROOT / PAGE)
    old = files.read_text(page, what="the page", next_step="restore it")
    with files.write_atomically(page) as file:
        file.write(with_tree(old, render_tree(tracked_files())))
    return 0


def tracked_files() -> list[str]:
    """Returns the files that git knows, or would add, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = set(listed.stdout.splitlines())
    return sorted(name for name in names if (ROOT / name).exists())


def with_tree(page: str, tree: str) -> str:
    """Returns the page with the lines between its two marks replaced."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n```text\n{tree}```\n{END}{after}"


def render_tree(names: list[str]) -> str:
    """Returns the tree: files of the top, then each folder with its files.

    Args:
      names: paths from the top, with forward slashes.

    Raises:
      ValueError: a file that nothing describes.
    """
    rows = []
    for name in sorted(_shown(names), key=_order):
        parts = name.rstrip("/").split("/")
        label = INDENT * (len(parts) - 1) + parts[-1]
        rows.append((label + "/" * name.endswith("/"), _describe(name)))
    width = max(len(label) for label, _ in rows) + 2
    return "".join(
        f"{label:<{width}}{text}".rstrip() + "\n" for label, text in rows
    )


def _shown(names: list[str]) -> set[str]:
    """Returns the files and folders that get a line."""
    shown = set()
    for name in names:
        parts = name.split("/")
        folders = ["/".join(parts[:n]) + "/" for n in range(1, len(parts))]
        for folder in folders:
            shown.add(folder)
            if folder in OTHERS:
                break
        else:
            if parts[-1] != "__init__.py":  # its folder's line says it
                shown.add(name)
    return shown


def _order(name: str) -> tuple[tuple[bool, str], ...]:
    """Sorts files before folders, at every depth."""
    parts = name.rstrip("/").split("/")
    last_is_folder = name.endswith("/")
    inner = [(True, part) for part in parts[:-1]]
    return (*inner, (last_is_folder, parts[-1]))


def _describe(name: str) -> str:
    """Returns the one line that `name` gets."""
    text = OTHERS.get(name) or FOLDERS.get(name)
    if text:
        return text
    if name.endswith("/") and (ROOT / name / "__init__.py").exists():
        return _docstring(name + "__init__.py")
    if name.endswith(".py"):
        return _docstring(name)
    if name.endswith(".sh"):
        return _first_comment(name)
    raise ValueError(
        f"{name} has no line in {PAGE}: add one to OTHERS or FOLDERS in "
        "scripts/update_readme_tree.py"
    )


def _docstring(name: str) -> str:
    """Returns the first line of a module's docstring, without its dot."""
    module = ast.parse(files.read_bytes(str(ROOT / name)))
    text = ast.get_docstring(module)
    if not text:
        raise ValueError(f"{name} has no docstring")
    return text.splitlines()[0].rstrip(".")


def _first_comment(name: str) -> str:
    """Returns the first sentence of the comment below `#!`."""
    script = files.read_text(
        str(ROOT / name), what="the script", next_step="write it"
    )
    lines = []
    for line in script.splitlines()[1:]:
        if not line.startswith("#") or line == "#":
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines).partition(". ")[0].partition(";")[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
