import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(root_dir, tmp_path):
    def _run(text, *arguments):
        path = tmp_path / "predictions.jsonl"
        path.write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "scripts/show_entities.py", *arguments, str(path)],
            capture_output=True,
            cwd=root_dir,
            env={**os.environ, "PYTHONPATH": str(root_dir)},
            check=False,
            text=True,
        )

    return _run


def sentence(*surfaces, kind="Disease"):
    entities = [
        {"type": kind, "surface": surface, "probability": 0.876}
        for surface in surfaces
    ]
    return json.dumps({"words": [], "entities": entities}) + "\n"


def test_shows_each_wording_once(run):
    done = run(sentence("Gout", "a b") + sentence() + sentence("gout", "c"))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "  Disease 0.88 Gout",
        "  Disease 0.88 a b",
        "  Disease 0.88 c",
    ]


def test_shows_as_many_as_asked_for(run):
    done = run(sentence("a", "b", "c", kind=None), "--count=2")
    assert done.stdout.split() == ["entity", "0.88", "a", "entity", "0.88", "b"]


def test_another_file_is_named_by_line_without_its_text(run):
    done = run(sentence("a") + "private note\n")
    assert done.returncode == 2
    assert "predictions.jsonl:2: " in done.stderr
    assert "private" not in done.stderr
    assert "Traceback" not in done.stderr
