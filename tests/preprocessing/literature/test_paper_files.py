"""Many files: duplicates, deletions, restarts, workers."""

import json
import os

import pytest

from foundation import folder_lock
from foundation.errors import InputError
from preprocessing.literature import paper_files
from preprocessing.literature.paper_file import Job, read_receipt
from preprocessing.literature.selection import Selection
from tests.preprocessing.literature.papers import (
    abstract,
    deletion,
    gz,
    pubmed_article,
    pubmed_set,
)


@pytest.fixture
def inputs(tmp_path):
    """A baseline of two files and an update."""
    contents = {
        "base1.xml.gz": [pubmed_article(n, f"Title {n}.") for n in range(9)],
        "base2.xml.gz": [
            pubmed_article(n, f"Title {n}.") for n in (*range(9, 20), 12)
        ],
        "update1.xml.gz": [
            pubmed_article(3, "New 3.", abstract("New.")),
            pubmed_article(4, "Title 4.", ""),
            pubmed_article(50, "New 50."),
            deletion(11, 5),
        ],
    }
    for name, records in contents.items():
        (tmp_path / name).write_bytes(gz(pubmed_set(*records)))
    return [str(tmp_path / name) for name in contents]


def job_in(folder, **wanted):
    return Job(str(folder), Selection(**wanted))


def texts(folder):
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*.txt"))
    }


def titles(folder):
    lines = "\n".join(texts(folder).values()).split("\n")
    return [x.split()[1] for x in lines if x.startswith(("Title ", "New "))]


def test_the_last_record_of_a_paper_counts(inputs, tmp_path):
    out = tmp_path / "out"
    receipts = paper_files.write_all(inputs, job_in(out))
    kept = {0, 1, 2, 6, 7, 8, 9, 10, *range(12, 20), 3, 50}
    assert sorted(titles(out)) == sorted(f"{n}." for n in kept)
    assert "New 3." in texts(out)["update1.txt"]
    assert [receipt.skipped for receipt in receipts] == [
        {"deleted by a later record": 1, "replaced by a later record": 2},
        {"deleted by a later record": 1, "replaced by a later record": 1},
        {"no abstract": 1},
    ]
    facts = json.loads((out / "documents.json").read_text(encoding="utf-8"))
    assert facts["records"] == 9 + 12 + 3
    assert facts["documents"] == len(kept)
    assert facts["records"] == len(kept) + sum(facts["skipped"].values())
    # In another order the update is old, and takes nothing away.
    paper_files.write_all(inputs[::-1], job_in(tmp_path / "back"))
    assert "New 3." not in titles(tmp_path / "back")
    assert {"4.", "5.", "11."} <= set(titles(tmp_path / "back"))


def test_the_text_does_not_depend_on_processes_and_stops(
    inputs, tmp_path, monkeypatch
):
    whole = tmp_path / "whole"
    paper_files.write_all(inputs, job_in(whole), num_workers=2)
    for stop_after in range(5):
        out = tmp_path / f"stopped{stop_after}"
        left = [stop_after]

        def stops(run, tasks, left=left, **_):
            for task in tasks:
                if left[0] == 0:
                    raise KeyboardInterrupt
                left[0] -= 1
                yield run(task)

        with monkeypatch.context() as patched:
            patched.setattr(paper_files, "run_tasks", stops)
            with pytest.raises(KeyboardInterrupt):
                paper_files.write_all(inputs, job_in(out))
        # As a kill would: of a process that is no more.
        for name in ("base1.txt", "receipts/base1.json"):
            left_over = out / f"{name}.tmp-{'0' * 16}4194305"
            left_over.parent.mkdir(parents=True, exist_ok=True)
            left_over.write_text("half")
        done = []
        paper_files.write_all(inputs, job_in(out), done=done.append)
        assert texts(out) == texts(whole)
        assert not list(out.rglob("*.tmp-*"))
        # Two files are done a second time, which hears of no bar.
        assert done == [min(stop_after, 3), *[1] * (3 - min(stop_after, 3))]
        if stop_after:
            name = "receipts/base1.npy"
            assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_a_second_run_reads_nothing(inputs, tmp_path, monkeypatch):
    job = job_in(tmp_path / "out")
    first = paper_files.write_all(inputs, job)
    monkeypatch.setattr(paper_files, "write_documents", None, raising=False)
    monkeypatch.setattr("preprocessing.literature.paper_file.read_papers", None)
    assert paper_files.write_all(inputs, job) == first


def test_fewer_files_bring_back_what_the_others_replaced(inputs, tmp_path):
    out = tmp_path / "out"
    paper_files.write_all(inputs, job_in(out))
    paper_files.write_all(inputs[:2], job_in(out))
    assert {"3.", "4.", "5."} <= set(titles(out))


def test_text_cut_after_the_receipt_is_made_anew(inputs, tmp_path):
    out = tmp_path / "out"
    job = job_in(out)
    paper_files.write_all(inputs, job)
    before = texts(out)
    (out / "base1.txt").write_text(before["base1.txt"][:40])
    assert read_receipt(job, inputs[0]) is None
    paper_files.write_all(inputs, job)
    assert texts(out) == before


@pytest.mark.parametrize("change", ["flags", "input", "foreign"])
def test_text_of_another_command_stays(inputs, tmp_path, change):
    out = tmp_path / "out"
    job = job_in(out)
    if change == "foreign":
        out.mkdir()
        (out / "base1.txt").write_text("Mine.\n")
    else:
        paper_files.write_all(inputs, job)
    if change == "flags":
        job = job_in(out, titles=False)
    if change == "input":
        os.utime(inputs[0], (1, 1))
    before = texts(out)
    with pytest.raises(InputError, match="--overwrite_output"):
        paper_files.write_all(inputs, job)
    assert texts(out) == before
    paper_files.write_all(inputs, job, overwrite=True)
    if change == "flags":
        assert texts(out)["base1.txt"].startswith("One sentence.")
    else:
        assert texts(out)["base1.txt"].startswith("Title 0.")


def test_names_that_would_meet(inputs, tmp_path):
    (tmp_path / "base1.xml").write_text(pubmed_set())
    with pytest.raises(InputError, match="same name"):
        paper_files.write_all(
            [*inputs, str(tmp_path / "base1.xml")], job_in(tmp_path / "out")
        )


def test_two_runs_of_other_flags_are_not_mixed(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "_PATIENCE", 0.0)
    job = job_in(tmp_path / "out")
    (tmp_path / "out" / "receipts").mkdir(parents=True)
    with (
        folder_lock.held(job.receipts, next_step=""),
        pytest.raises(InputError, match="another run is at work"),
    ):
        paper_files.write_all(inputs, job)
    assert not texts(tmp_path / "out")
    assert len(paper_files.write_all(inputs, job)) == 3
