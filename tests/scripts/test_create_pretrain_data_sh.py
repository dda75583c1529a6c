"""clinicalBERT's data step: which notes, which flags, and what is kept."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

SCRIPT = "scripts/create_pretrain_data.sh"
# The names that clinicalBERT's scripts have, and MIMIC-III's categories.
CATEGORIES = {
    "discharge_summary": "Discharge summary",
    "physician": "Physician ",
    "nursing": "Nursing",
    "nursing_other": "Nursing/other",
    "radiology": "Radiology",
    "general": "General",
    "respiratory": "Respiratory ",
    "consult": "Consult",
    "nutrition": "Nutrition",
    "case_management": "Case Management ",
    "pharmacy": "Pharmacy",
    "rehab_services": "Rehab Services",
    "social_work": "Social Work",
    "ecg": "ECG",
    "echo": "Echo",
}


@pytest.fixture
def places(tmp_path):
    """The folders of a run, by environment variable."""
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "vocab.txt").write_text("[PAD]\n")
    (tmp_path / "my notes").mkdir()
    return {
        "BERT_DIR": str(tmp_path / "bert"),
        "NOTES_DIR": str(tmp_path / "my notes"),
        "OUTPUT": str(tmp_path / "out"),
    }


def run(root_dir, places, *flags, python="echo", cwd=None, **environment):
    return subprocess.run(
        ["bash", str(root_dir / SCRIPT), *flags],
        cwd=cwd or root_dir,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHON": python,
            **places,
            **environment,
        },
        check=False,
        capture_output=True,
        text=True,
    )


def write_notes(places, *names):
    for name in names:
        path = os.path.join(places["NOTES_DIR"], f"{name}.txt")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"A note of {name.strip()}.\nIt is short.\n")


def commands(done):
    """Returns the words of each command, by the category it writes."""
    lines = [s for s in done.stdout.splitlines() if s.startswith("create_pre")]
    outputs = [re.search(r"--output_file=.*/(\w+)\.tfrecord", s) for s in lines]
    return {
        output.group(1): line
        for output, line in zip(outputs, lines, strict=True)
    }


@pytest.mark.parametrize("spelled", [False, True])
def test_each_category_becomes_a_file(root_dir, places, spelled):
    names = CATEGORIES.values() if spelled else CATEGORIES
    write_notes(places, *names)
    done = run(root_dir, places, "--dupe_factor=3")
    assert done.returncode == 0, done.stderr
    made = commands(done)
    assert list(made) == list(CATEGORIES)
    for name, line in made.items():
        path = f"{places['NOTES_DIR']}/{CATEGORIES[name] if spelled else name}"
        assert f"--input_file={path}.txt --output_file=" in line
        assert f"--vocab_file={places['BERT_DIR']}/vocab.txt" in line
        assert "clinicalbert_pretraining_data.flags" in line
        assert line.endswith("--dupe_factor=3")
    assert "Skipped" not in done.stdout


def test_missing_categories_are_named(root_dir, places):
    write_notes(places, "ECG", "Physician ", "Letters")
    done = run(root_dir, places)
    assert done.returncode == 0, done.stderr
    assert list(commands(done)) == ["physician", "ecg"]
    skipped = re.search("^Skipped.*: (.*)$", done.stdout, re.M).group(1)
    assert skipped.split() == [
        name for name in CATEGORIES if name not in ("physician", "ecg")
    ]
    unread = re.search("^Not read.*$", done.stdout, re.M).group()
    assert unread.endswith("my notes/Letters.txt")


def test_one_category_at_a_time_as_the_original(root_dir, places):
    write_notes(places, *CATEGORIES.values(), "letters")
    done = run(root_dir, places, DATA_FILE="nursing_other")
    assert list(commands(done)) == ["nursing_other"]
    done = run(root_dir, places, DATA_FILE="echo letters")
    assert list(commands(done)) == ["echo", "letters"]
    assert "Not read" not in done.stdout


@pytest.mark.parametrize(
    ("names", "environment", "what"),
    [
        ([], {}, "discharge_summary physician"),
        (["ecg"], {"DATA_FILE": "ecg echo"}, "echo"),
        (["ecg", "ECG"], {}, "two files for one category"),
        (["ecg"], {"NOTES_DIR": "/nowhere"}, "NOTES_DIR=/nowhere"),
        (["ecg"], {"BERT_DIR": "/nowhere"}, "vocab.txt"),
        (["ecg"], {"NOTES_DIR": ""}, "NOTES_DIR"),
        (["ecg"], {"BERT_DIR": ""}, "BERT_DIR"),
    ],
)
def test_nothing_is_done_where_notes_are_not_there(
    root_dir, places, names, environment, what
):
    write_notes(places, *names)
    done = run(root_dir, places | environment)
    assert done.returncode != 0
    assert what in done.stderr
    assert commands(done) == {}


def test_folders_are_the_callers(root_dir, places, tmp_path):
    write_notes(places, "ecg")
    relative = {name: os.path.basename(path) for name, path in places.items()}
    done = run(root_dir, relative, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    line = commands(done)["ecg"]
    assert f"--input_file={tmp_path}/my notes/ecg.txt " in line
    assert f"--output_file={tmp_path}/out/ecg.tfrecord " in line
    assert f"--vocab_file={tmp_path}/bert/vocab.txt" in line


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("NOTES_DIR", "a,b"),
        ("NOTES_DIR", "a[b]"),
        ("NOTES_DIR", "a*"),
        ("NOTES_DIR", "a?"),
        ("OUTPUT", "a,b"),
    ],
)
def test_names_that_mean_something_are_refused(
    root_dir, places, tmp_path, setting, name
):
    places[setting] = str(tmp_path / name)
    write_notes(places, "ecg")
    done = run(root_dir, places)
    assert done.returncode == 2
    assert f"{setting}={tmp_path}/{name} has one of , * ? [" in done.stderr
    assert commands(done) == {}


@pytest.fixture
def real(places, golden_dir, fixtures_dir):
    """The folders of a run on two categories of public text."""
    pieces = golden_dir / "tokenization" / "vocab_cased_2k.txt"
    shutil.copy(pieces, os.path.join(places["BERT_DIR"], "vocab.txt"))
    corpus = fixtures_dir / "sample_corpus" / "abstracts.txt"
    abstracts = corpus.read_text("utf-8").split("\n\n")
    for name, part in (("ECG", abstracts[:20]), ("Physician ", abstracts[20:])):
        path = os.path.join(places["NOTES_DIR"], f"{name}.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n\n".join(part))
    return places


def contents(places):
    folder = places["OUTPUT"]
    return {
        name: pathlib.Path(folder, name).read_bytes()
        for name in sorted(os.listdir(folder))
    }


def verified(root_dir, places):
    """Returns what inspect_records.py says of the folder."""
    done = subprocess.run(
        [sys.executable, "scripts/inspect_records.py", *places],
        cwd=root_dir,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.mark.slow
def test_real_runs_keep_lose_and_hide_nothing(root_dir, real):
    def again(*flags, **environment):
        return run(root_dir, real, *flags, python=sys.executable, **environment)

    done = again()
    assert done.returncode == 0, done.stderr
    shown = verified(root_dir, ["--verify", real["OUTPUT"]])
    assert re.findall(r"OK .*/(\w+)\.tfrecord", shown) == ["physician", "ecg"]
    # 20 in the data as in the training: not the original's 22.
    described = verified(root_dir, [real["OUTPUT"]])
    assert described.count("masked_lm_ids [20]") == 2
    assert described.count("input_ids [128]") == 2
    assert described.count("do_lower_case false") == 2
    first = contents(real)

    # The same again: kept, and said so.
    done = again()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("kept, made of the same notes") == 2
    assert contents(real) == first

    # Other flags, and then other notes: neither kept silently nor lost.
    done = again("--dupe_factor=2")
    assert done.returncode == 2
    assert "--overwrite_output" in done.stderr
    path = os.path.join(real["NOTES_DIR"], "ECG.txt")
    with open(path, "a", encoding="utf-8") as file:
        file.write("\nOne more note.\nIt has two sentences.\n")
    done = again()
    assert done.returncode == 2
    assert "physician: kept" in done.stdout
    assert contents(real) == first

    # A look at the notes changes nothing, not even what is known of them.
    done = again("--check_only")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("warnings:") == 2
    assert contents(real) == first
    assert again().returncode == 2

    # One anew, on request; then all is as it should be.
    done = again("--overwrite_output", DATA_FILE="ecg")
    assert done.returncode == 0, done.stderr
    verified(root_dir, ["--verify", real["OUTPUT"]])
    second = contents(real)
    changed = {name for name in second if second[name] != first[name]}
    assert changed == {"ecg.tfrecord", "ecg.tfrecord.made_of", "manifest.json"}
    done = again()
    assert done.stdout.count("kept, made of the same notes") == 2
    assert contents(real) == second


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_file_is_made_anew(root_dir, real, damage):
    done = run(root_dir, real, python=sys.executable)
    assert done.returncode == 0, done.stderr
    first = contents(real)
    data = bytearray(first["ecg.tfrecord"])
    data[len(data) // 2] ^= 1
    path = pathlib.Path(real["OUTPUT"], "ecg.tfrecord")
    path.write_bytes(data if damage == "changed" else data[:-100])
    done = run(root_dir, real, python=sys.executable)
    assert done.returncode == 0, done.stderr
    assert "physician: kept" in done.stdout
    assert "ecg: damaged, so it is made anew" in done.stdout
    verified(root_dir, ["--verify", real["OUTPUT"]])
    assert contents(real)["ecg.tfrecord"] == first["ecg.tfrecord"]
    done = run(root_dir, real, python=sys.executable)
    assert done.stdout.count("kept, made of the same notes") == 2


@pytest.mark.slow
def test_what_cannot_be_verified_is_not_touched(root_dir, real, tmp_path):
    done = run(root_dir, real, python=sys.executable)
    assert done.returncode == 0, done.stderr
    first = contents(real)
    stopped = tmp_path / "python"
    stopped.write_text("#!/bin/sh\nexit 130\n")
    stopped.chmod(0o700)
    done = run(root_dir, real, python=str(stopped))
    assert done.returncode == 2
    assert "could not be verified" in done.stderr
    assert contents(real) == first


@pytest.mark.slow
def test_what_was_not_finished_is_made(root_dir, real):
    done = run(root_dir, real, python=sys.executable, DATA_FILE="physician")
    assert done.returncode == 0, done.stderr
    done = run(root_dir, real, python=sys.executable)
    assert done.returncode == 0, done.stderr
    assert "physician: kept" in done.stdout
    shown = verified(root_dir, ["--verify", real["OUTPUT"]])
    assert re.findall(r"OK .*/(\w+)\.tfrecord", shown) == ["physician", "ecg"]


@pytest.mark.slow
def test_units_are_kept_by_their_manifest(root_dir, real):
    flags = ["--num_workers=1", "--unit_megabytes=0.01"]

    def again(*more):
        done = run(root_dir, real, *more, python=sys.executable)
        assert done.returncode == 0, done.stderr
        return done

    again()  # as a whole: other files, which say nothing of the units
    again(*flags)
    names = set(contents(real))
    assert {f"ecg-0000{i}-of-00003.tfrecord" for i in range(3)} <= names
    os.remove(os.path.join(real["OUTPUT"], "ecg-00001-of-00003.tfrecord"))
    done = again(*flags)
    assert "made of the same notes" not in done.stdout
    assert "1 units made, 2 kept" in done.stderr
    assert set(contents(real)) == names
    verified(root_dir, ["--verify", real["OUTPUT"]])
    # The whole files' marks are theirs still.
    done = again()
    assert done.stdout.count("kept, made of the same notes") == 2
