"""format_mimic_for_BERT.py: tables of notes to files to train on."""

import csv
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import pytest
from absl import flags

from cli import clinical_notes, clinical_run
from foundation import folder_lock
from foundation.errors import InputError
from preprocessing.clinical import note_chunks
from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program

SCRIPT = "scripts/format_mimic_for_BERT.py"
HEADER = ("ROW_ID", "SUBJECT_ID", "CHARTDATE", "CATEGORY", "TEXT")
CANARY = "Zqxcanary"
KINDS = ("Physician ", "Echo", "Discharge summary", "Nursing/other", "Odd")


def write_table(path, rows, header=HEADER):
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
    return path


def note_text(rng):
    """Returns an invented note of some paragraphs."""
    parts = [
        "Allergies:\nNo known drug allergies.",
        "She was seen on [**2151-3-4**] by Dr. [**Last Name (STitle) 5**]. She "
        f"takes {rng.randrange(100)} mg daily.",
        f"Plan:\n1. Rest for {rng.randrange(100)} days.\n2. Fluids.\n3. Walk.",
        f"The echo of visit {rng.randrange(1000)} was normal. No effusion.",
    ]
    return "\n\n".join(rng.choices(parts, k=rng.randrange(1, 6)))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """150 notes of 30 patients in 5 categories, some of them odd."""
    rng = random.Random(8)
    rows = [
        [
            1000 + i,
            rng.randrange(30),
            "2151-03-04",
            KINDS[i % 5],
            f"{note_text(rng)}\n\nThis is note {i}.",
        ]
        for i in range(150)
    ]
    rows[7][-1] = " \n "
    rows[50][-1] = rows[20][-1]
    rows[100][-1] = rows[20][-1]
    path = tmp_path_factory.mktemp("notes") / "NOTEEVENTS.csv"
    write_table(path, rows)
    with path.open("ab") as file:
        file.write(b"1150,7,2151-03-04,Echo,caf\xe9 of " + CANARY.encode())
        file.write(f"\n1151,7,{CANARY}\n".encode())
    return path


def format_notes(table, folder, *words, **values):
    """Runs the script in this process; returns the manifest."""
    fv = flags.FlagValues()
    clinical_notes.define(fv)
    given = {"notes_file": table, "output_dir": folder, **values}
    fv(["script.py", *(f"--{name}={value}" for name, value in given.items())])
    clinical_run.run(fv, words)
    (manifest,) = folder.glob("*.manifest.json")
    return json.loads(manifest.read_text())


def content(folder):
    """Maps each file below a folder to its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_row_is_accounted_for(table, tmp_path, capsys, caplog):
    manifest = format_notes(table, tmp_path / "out")
    assert manifest["rows"] == 152
    assert manifest["notes"] == {
        "empty": 1,
        "failed": 2,
        "held_out": 0,
        "written": 149,
    }
    assert manifest["repeats"]["duplicates"] == 2
    assert manifest["repeats"]["time_not_known"] == 0
    assert sum(manifest["written_by_category"].values()) == 149
    failed = (tmp_path / "out" / "all_notes.failed.jsonl").read_text()
    assert [json.loads(line) for line in failed.splitlines()] == [
        {"row": 151, "row_id": "1150", "reason": "not UTF-8"},
        {
            "row": 152,
            "row_id": "",
            "reason": "another number of columns than the header",
        },
    ]
    names = {"physician", "echo", "discharge_summary", "nursing_other", "other"}
    assert {p.stem for p in (tmp_path / "out").glob("*.txt")} == names
    assert "149 notes written" in capsys.readouterr().out
    assert caplog.text.count("0600") == 1
    for name, facts in manifest["files"].items():
        data = (tmp_path / "out" / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == facts["sha256"]
        assert data.count(b"\n\n") == facts["num_notes"]


def test_the_text_is_one_sentence_a_line_and_a_note_a_document(tmp_path):
    text = "Plan:\n1. Rest\twell.\n2. Drink. Sleep.\n\n \n\nSeen by Dr. Lee."
    table = write_table(
        tmp_path / "n.csv",
        [[1, 1, "", "Echo", text], [2, 1, "", "Echo", "Fine."]],
    )
    format_notes(table, tmp_path / "out")
    assert (tmp_path / "out" / "echo.txt").read_text() == (
        "Plan:\n1. Rest well.\n2. Drink.\nSleep.\nSeen by Dr. Lee.\n\nFine.\n\n"
    )


def test_workers_and_chunks_change_nothing(table, tmp_path):
    common = {"held_out_fraction": 0.2, "section_names": True}
    format_notes(table, tmp_path / "one", **common)
    format_notes(
        table, tmp_path / "two", num_workers=2, chunk_notes=7, **common
    )
    one = content(tmp_path / "one")
    assert one == content(tmp_path / "two")
    assert "held_out/echo.sections.jsonl" in one


def test_only_the_owner_can_read_any_file(table, tmp_path):
    out = tmp_path / "out"
    format_notes(table, out, section_names=True, held_out_fraction=0.3)
    assert {
        path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()
    } == {0o600}
    assert not list(out.rglob("*chunk*"))


def test_held_out_patients_are_the_same_for_every_category(table, tmp_path):
    sides = {}
    for category in ("Echo", "physician"):
        out = tmp_path / category
        format_notes(table, out, category, held_out_fraction=0.3)
    # All of them in one call have the same text on either side.
    format_notes(table, tmp_path / "all", held_out_fraction=0.3)
    for category in ("Echo", "physician"):
        for name in (f"{category.lower()}.txt", f"held_out/{category}.txt"):
            name = name.lower()
            sides[name] = (tmp_path / category / name).read_bytes()
            assert sides[name] == (tmp_path / "all" / name).read_bytes()
    assert all(sides.values())


def test_the_originals_word_and_the_flag_choose_categories(table, tmp_path):
    by_word = format_notes(table, tmp_path / "a", "Nursing/other")
    format_notes(table, tmp_path / "b", categories="nursing_other")
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert by_word["other_categories"] == 121  # but for the damaged row
    assert by_word["notes"]["failed"] == 1
    with pytest.raises(InputError, match="twice"):
        format_notes(table, tmp_path / "c", "Echo", categories="Echo")
    with pytest.raises(InputError, match="no such category"):
        format_notes(table, tmp_path / "c", "Nursing notes")
    with pytest.raises(InputError, match="no such notes"):
        format_notes(table, tmp_path / "c", "ECG")


def test_what_repeats_is_dropped_on_request(tmp_path):
    def lines(*numbers):
        return "\n\n".join(f"This is sentence number {n}." for n in numbers)

    rows = [
        [1, 5, "2151-01-02", "Echo", lines(*range(10))],
        [2, 5, "2151-01-03", "Echo", lines(*range(9), 77)],
        [3, 6, "2151-01-03", "Echo", lines(*range(9), 78)],
        [4, 6, "2151-01-04", "Echo", lines(*range(10))],
    ]
    table = write_table(tmp_path / "n.csv", rows)
    kept = format_notes(table, tmp_path / "kept")
    assert kept["notes"]["written"] == 4
    assert kept["repeats"]["copied_forward"] == {
        "0.5": 1,
        "0.7": 1,
        "0.9": 1,
        "1": 0,
    }
    made = format_notes(
        table, tmp_path / "less", drop_duplicates=True, drop_copied=0.9
    )
    assert made["notes"] == {
        "copied_dropped": 1,
        "duplicates_dropped": 1,
        "held_out": 0,
        "written": 2,
    }
    text = (tmp_path / "less" / "echo.txt").read_text()
    assert "number 77" not in text
    assert "number 78" in text


def test_headings_are_kept_beside_the_text(tmp_path):
    text = "Seen today.\n\nPlan:\n1. Rest.\n2. Drink.\n\nAllergies: None."
    rows = [[4, 1, "", "Echo", " "], [5, 1, "", "Echo", text]]
    table = write_table(tmp_path / "n.csv", rows)
    format_notes(table, tmp_path / "out", section_names=True)
    line = (tmp_path / "out" / "echo.sections.jsonl").read_text()
    assert json.loads(line) == {
        "document": 0,
        "row": 2,
        "row_id": "5",
        "sections": [["", 0, 1], ["Plan", 1, 3], ["Allergies", 4, 1]],
    }


def test_surrogates_depend_on_the_seed_alone(table, tmp_path):
    def text(name, **values):
        format_notes(table, tmp_path / name, deid="surrogate", **values)
        return content(tmp_path / name)["echo.txt"]

    one = text("one")
    assert b"[**" not in one
    assert one == text("two", chunk_notes=11)
    assert one != text("three", random_seed=5)
    with pytest.raises(InputError, match="surrogates"):
        format_notes(table, tmp_path / "four", random_seed=5)


def test_output_that_is_there_stays_unless_asked(table, tmp_path):
    out = tmp_path / "out"
    format_notes(table, out)
    before = content(out)
    with pytest.raises(InputError, match="there already"):
        format_notes(table, out, deid="placeholder")
    assert content(out) == before
    small = write_table(tmp_path / "n.csv", [[1, 1, "", "Echo", "Fine."]])
    format_notes(small, out, overwrite_output=True)
    # What the call before wrote is gone, the list of failures, too.
    assert set(content(out)) == {"echo.txt", "all_notes.manifest.json"}


def test_a_table_is_never_overwritten(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    table = write_table(out / "echo.txt", [[1, 1, "", "Echo", "Fine."]])
    with pytest.raises(InputError, match="what is read"):
        format_notes(table, out, overwrite_output=True)
    assert "Fine." in table.read_text()


def test_splitters_are_compared(table, tmp_path, capsys):
    format_notes(table, tmp_path / "out", report_agreement="rules-pt")
    out = capsys.readouterr().out
    assert "sentence boundaries of rules against rules-pt" in out
    assert "F1 0." in out or "F1 1." in out
    # Looked for before anything is made.
    with pytest.raises(InputError, match="no such sentence splitter"):
        format_notes(table, tmp_path / "other", report_agreement="magic")
    assert not (tmp_path / "other").exists()


def test_times_that_nobody_understands_are_counted(tmp_path, capsys):
    times = ("2151-3-4", "4.3.2151", "03/04/2151", "")
    rows = [[n, 1, when, "Echo", "Fine."] for n, when in enumerate(times)]
    table = write_table(tmp_path / "n.csv", [*rows, [9, 1, "", "Echo", " "]])
    made = format_notes(table, tmp_path / "out")
    assert made["repeats"]["time_not_known"] == 3
    assert "3 notes have no time that is understood" in capsys.readouterr().out


def test_patients_are_needed_where_they_decide(tmp_path):
    table = write_table(tmp_path / "n.csv", [["Fine."]], header=["text"])
    for values in ({"held_out_fraction": 0.1}, {"drop_copied": 0.9}):
        with pytest.raises(InputError, match="--patient_column"):
            format_notes(table, tmp_path / "out", **values)
    made = format_notes(table, tmp_path / "out", combine=True)
    assert list(made["files"]) == ["all_notes.txt"]


def test_the_published_splitter_says_which_notes_it_fails_on(tmp_path):
    # A list that counts further than it has lines.
    text = "Plan:\n3. Rest\n4. Drink\n5) Walk"
    rows = [[1, 1, "", "Echo", "Fine."], [2, 1, "", "Echo", text]]
    table = write_table(tmp_path / "n.csv", rows)
    made = format_notes(table, tmp_path / "out", section_splitter="paper")
    assert made["failed_by_reason"] == {
        "the published section splitter fails on it": 1
    }
    whole = format_notes(table, tmp_path / "fixed")
    assert whole["notes"]["written"] == 2


def test_a_killed_run_goes_on_and_writes_the_same(
    table, tmp_path, root_dir, monkeypatch, caplog
):
    expected = tmp_path / "expected"
    format_notes(table, expected, held_out_fraction=0.2)
    out = tmp_path / "out"
    words = [
        f"--notes_file={table}",
        f"--output_dir={out}",
        "--held_out_fraction=0.2",
        "--chunk_notes=3",
    ]
    run = subprocess.Popen(
        [sys.executable, SCRIPT, *words],
        cwd=root_dir,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    chunks = out / "all_notes.chunks"
    deadline = time.monotonic() + 60
    while len(list(chunks.glob("*.json"))) < 5:
        assert time.monotonic() < deadline
        assert run.poll() is None, "it ended before it was killed"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not list(out.glob("*.txt"))
    # A chunk whose file was damaged since is made anew.
    (chunks / "chunk-000001.txt").write_bytes(b"x")
    made = count_calls(monkeypatch, note_chunks, "_write")
    with caplog.at_level("INFO"):
        format_notes(table, out, held_out_fraction=0.2, chunk_notes=3)
    assert "chunks were there" in caplog.text
    assert 1 <= len(made) <= 51 - 4
    assert content(out) == content(expected)


def count_calls(monkeypatch, module, name):
    calls = []
    original = getattr(module, name)

    def counted(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, counted)
    return calls


def test_other_options_do_not_go_on_with_these_chunks(
    table, tmp_path, monkeypatch
):
    def stop(*_args, **_kwargs):
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(clinical_run.note_outputs, "write_outputs", stop)
        with pytest.raises(KeyboardInterrupt):
            format_notes(table, out)
    format_notes(table, out, deid="placeholder")
    format_notes(table, tmp_path / "expected", deid="placeholder")
    assert content(out) == content(tmp_path / "expected")


def test_as_a_program_it_needs_no_tensorflow_and_shows_no_text(
    table, tmp_path, root_dir
):
    done = run_program(
        root_dir,
        *("-c", REPORT_TENSORFLOW, SCRIPT, "Echo"),
        f"--notes_file={table}",
        f"--output_dir={tmp_path / 'out'}",
        f"--id_column={HEADER[-1]}",  # a wrong one
        "--patient_column=TEXT",
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    shown = "".join(
        path.read_text()
        for path in pathlib.Path(tmp_path, "out").iterdir()
        if path.suffix != ".txt"
    )
    assert CANARY not in shown
    assert "allerg" not in (shown + done.stdout + done.stderr).lower()
    done = run_program(root_dir, SCRIPT, "Echo", "Nursing")
    assert done.returncode == 2
    assert "words without a flag" in done.stderr


def test_two_runs_do_not_mix_their_chunks(table, tmp_path, monkeypatch):
    # Kept and replaced marks would stand in one file.
    monkeypatch.setattr(folder_lock, "_PATIENCE", 0.0)
    chunks = tmp_path / "all_notes.chunks"
    chunks.mkdir()
    with (
        folder_lock.held(str(chunks), next_step=""),
        pytest.raises(InputError, match="another run is at work"),
    ):
        format_notes(table, tmp_path, deid="surrogate")
    assert list(tmp_path.iterdir()) == [chunks]
