"""Text that is predicted on shows up in the predictions and nowhere else.

user-demand.md, row 20: 50 canary strings in the notes, no one of them in
anything written but the declared outputs, however the run ends.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.ner_runs import run_flags

pytestmark = pytest.mark.slow

CANARIES = [f"Zqx{chr(97 + i // 10)}canary{i}" for i in range(50)]
MARKS = ("zqx", "canary")
TEXT = "".join(
    f"Patient {word} was given aspirin for ataxia.\n" for word in CANARIES
)
WORDS = "".join(f"{word}\tB-Disease\naspirin\tO\n\n" for word in CANARIES)
DECLARED = ("predictions.jsonl", "predictions.html")


@pytest.fixture
def tagger_dir(trained_dir, tmp_path):
    return shutil.copytree(trained_dir, tmp_path / "tagger")


def as_json(**value):
    return json.dumps(value) + "\n"


GOOD = {
    "note.txt": TEXT,
    "notes.jsonl": as_json(text=TEXT) * 2,
    "words.jsonl": as_json(words=TEXT.split()),
    "words.tsv": WORDS,
    "folder/note.txt": TEXT,
}
BAD_UTF8 = TEXT.encode() + b"Zqxcanary \xe9 Zqxcanary\n" + TEXT.encode()
BAD = {
    "bad UTF-8": ("note.txt", BAD_UTF8),
    "UTF-16": ("note.txt", TEXT.encode("utf-16")),
    "NUL": ("note.txt", (TEXT + "Zqxcanary \0").encode()),
    "tagged words as running text": ("note.txt", WORDS.encode()),
    "bad UTF-8 in JSON": (
        "notes.jsonl",
        as_json(text=TEXT).encode() + b'{"text": "Zqxcanary \xe9"}\n',
    ),
    "broken JSON": ("notes.jsonl", as_json(text=TEXT)[:-9].encode()),
    "text alone": ("notes.jsonl", TEXT.encode()),
    "a JSON string": ("notes.jsonl", json.dumps(TEXT).encode()),
    "text under another key": ("notes.jsonl", as_json(Zqxcanary=TEXT).encode()),
    "a list of texts": ("notes.jsonl", as_json(text=[TEXT]).encode()),
    "words that are text": ("notes.jsonl", as_json(words=TEXT).encode()),
    "a lone surrogate": (
        "notes.jsonl",
        b'{"text": "Zqxcanary \\ud800"}\n',
    ),
    "two of one id": (
        "notes.jsonl",
        (as_json(id="Zqxcanary", text=TEXT) * 2).encode(),
    ),
    "bad UTF-8 in words": ("words.tsv", b"Zqxcanary\xe9\tO\n"),
    "columns are missing": ("words.tsv", (WORDS + "Zqxcanary\n").encode()),
    "an unknown ending": ("note.rtf", TEXT.encode()),
}


def check_silent(text):
    lower = text.lower()
    assert not any(mark in lower for mark in MARKS)


def check_files(folder, *, inputs):
    """Looks into every file that is neither the input nor declared."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if not path.is_file() or path == inputs or inputs in path.parents:
            continue
        if path.name in DECLARED or path.parent.name == "brat":
            continue
        assert not any(m in str(name).lower() for m in MARKS)
        data = path.read_bytes().lower()
        assert not any(mark.encode() in data for mark in MARKS), name


@pytest.mark.parametrize("name", GOOD)
def test_logs_and_output_show_no_text(
    tagger_dir, tmp_path, name, capfd, caplog
):
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True)
    path.write_text(GOOD[name])
    given = path.parent if "/" in name else path
    with caplog.at_level("DEBUG"):
        code = run_flags(predict_file=given, output_dir=tagger_dir, debug=True)
    assert code == 0
    captured = capfd.readouterr()
    check_silent(captured.out + captured.err + caplog.text)
    assert "entities in" in captured.out
    # The canaries were there to be found.
    for declared in DECLARED:
        if declared != "predictions.jsonl":
            text = (tagger_dir / declared).read_text("utf-8")
            assert all(word in text for word in CANARIES)
    assert any((tagger_dir / "brat").glob("*.ann"))
    check_files(tmp_path, inputs=tmp_path / "in")


def run_process(tagger_dir, path, *extra):
    command = [
        sys.executable,
        "run_ner.py",
        f"--predict_file={path}",
        f"--output_dir={tagger_dir}",
        "--verbosity=1",
        *extra,
    ]
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
        cwd=os.path.dirname(os.path.dirname(__file__)),
        timeout=300,
    )


def test_a_process_shows_no_text(tagger_dir, tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(TEXT)
    done = run_process(tagger_dir, path)
    assert done.returncode == 0, done.stderr.decode()
    assert b" entities in 1 document" in done.stdout
    check_silent((done.stdout + done.stderr).decode())
    check_files(tmp_path, inputs=path)


@pytest.mark.parametrize("way", BAD)
def test_errors_show_no_text(tagger_dir, tmp_path, way):
    name, data = BAD[way]
    path = tmp_path / name
    path.write_bytes(data)
    before = sorted(p.name for p in tagger_dir.iterdir())
    # With the stack trace: not even that may hold it.
    done = run_process(tagger_dir, path, "--debug")
    assert done.returncode == 2, done.stderr.decode()
    said = (done.stdout + done.stderr).decode()
    assert str(path) in said
    check_silent(said)
    assert sorted(p.name for p in tagger_dir.iterdir()) == before


def test_a_failure_in_writing_shows_no_text(tagger_dir, tmp_path):
    """A disk that says no, after entities were found."""
    path = tmp_path / "note.txt"
    path.write_text(TEXT)
    (tagger_dir / "predictions.html").mkdir()
    before = (tagger_dir / "predictions.jsonl").read_bytes()
    done = run_process(tagger_dir, path, "--debug")
    assert done.returncode == 2, done.stderr.decode()[-2000:]
    check_silent((done.stdout + done.stderr).decode())
    assert (tagger_dir / "predictions.jsonl").read_bytes() == before
    assert not any(".tmp-" in p.name for p in tagger_dir.iterdir())
