"""create_pretraining_data.py in units: equal records, whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.corpus_files import FilePart
from preprocessing.corpus_units import units
from preprocessing.documents import line_encoder, read_corpus
from preprocessing.held_out import held_out_documents, num_shared_sentences
from preprocessing.manifest import NAME, find_manifests
from preprocessing.manifest_checks import verify
from preprocessing.manifest_parts import FOLDER
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.test_create_pretraining_data import contents, refusal, run

UNIT = 0.004  # MB: a handful of units of the sample


@pytest.fixture
def given(tmp_path, fixtures_dir, golden_dir):
    """Flags of a run in units into tmp_path/out."""
    text = b"".join(
        path.read_bytes().rstrip() + b"\n\n"
        for path in sorted((fixtures_dir / "sample_corpus").glob("*.txt"))
    )
    path = tmp_path / "text.txt"
    path.write_bytes(text)
    return {
        "input_file": path,
        "output_file": tmp_path / "out" / "a.tfrecord",
        "vocab_file": golden_dir / "tokenization" / "vocab_uncased_2k.txt",
        "max_seq_length": 64,
        "dupe_factor": 2,
        "num_workers": 1,
        "unit_megabytes": UNIT,
    }


def command(**values):
    arguments = [f"--{name}={value}" for name, value in values.items()]
    return [sys.executable, "create_pretraining_data.py", *arguments]


def start(root_dir, **values):
    return subprocess.Popen(
        command(**values),
        cwd=root_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def texts_of_units(path):
    data = path.read_bytes()
    return [
        b"".join(data[part.start : part.end] for part in unit.parts)
        for unit in units([str(path)], UNIT)
    ]


def records_only(folder):
    return {
        name: data
        for name, data in contents(folder).items()
        if name.startswith("a")
    }


def test_a_unit_is_one_call_on_its_text(given, tmp_path):
    outputs = [tmp_path / "out" / name for name in ("a.tfrecord", "b")]
    run(**given | {"output_file": ",".join(map(str, outputs))})
    texts = texts_of_units(given["input_file"])
    count = len(texts)
    assert count > 4
    for index, text in enumerate(texts):
        alone = tmp_path / "alone"
        part = tmp_path / "part.txt"
        part.write_bytes(text)
        change = {
            "input_file": part,
            "output_file": f"{alone}-a,{alone}-b",
            "random_seed": 12345 + index,
            "num_workers": None,
            "unit_megabytes": None,
            "overwrite_output": True,
        }
        run(**given | change)
        of_unit = f"-{index:05d}-of-{count:05d}"
        for name, end in (("a", ".tfrecord"), ("b", "")):
            made = tmp_path / "out" / f"{name}{of_unit}{end}"
            expected = tmp_path / f"alone-{name}"
            assert made.read_bytes() == expected.read_bytes()
    (manifest,) = find_manifests(str(tmp_path / "out"))
    assert len(manifest.files) == 2 * count
    verify(manifest, str(tmp_path / "out"))
    assert manifest.flags["unit_megabytes"] == UNIT
    assert not (tmp_path / "out" / FOLDER).exists()


def test_one_unit_is_the_original(given, tmp_path):
    run(**given | {"unit_megabytes": 1})
    exact = {"num_workers": None, "unit_megabytes": None}
    run(**given | exact)
    folder = tmp_path / "out"
    made = (folder / "a-00000-of-00001.tfrecord").read_bytes()
    assert made == (folder / "a.tfrecord").read_bytes()


def test_bytes_do_not_depend_on_the_number_of_workers(given, tmp_path):
    made = []
    for num_workers in (1, 2, 3):
        folder = tmp_path / str(num_workers)
        change = {"output_file": folder / "a", "num_workers": num_workers}
        assert run(**given | change) == 0
        made.append(contents(folder))
    assert made[0] == made[1] == made[2]


def test_what_is_there_is_kept(given, tmp_path):
    folder = tmp_path / "out"
    run(**given)
    before = {path: path.stat() for path in folder.glob("a*")}
    listed = (folder / NAME).read_bytes()
    assert run(**given | {"num_workers": 2}) == 0
    for path, stat in before.items():
        assert path.stat().st_mtime_ns == stat.st_mtime_ns
        assert path.stat().st_ino == stat.st_ino
    assert (folder / NAME).read_bytes() == listed


def test_what_is_missing_or_damaged_is_made_anew(given, tmp_path):
    folder = tmp_path / "out"
    run(**given)
    expected = contents(folder)
    paths = sorted(folder.glob("a*"))
    paths[0].unlink()
    data = bytearray(paths[1].read_bytes())
    data[100] ^= 1
    paths[1].write_bytes(data)
    paths[2].write_bytes(paths[2].read_bytes()[:-9])
    kept = {path: path.stat().st_ino for path in paths[3:]}
    assert run(**given) == 0
    assert contents(folder) == expected
    assert kept == {path: path.stat().st_ino for path in paths[3:]}


def test_only_a_unit_whose_text_changed_is_made_anew(given, tmp_path):
    folder = tmp_path / "out"
    run(**given)
    before = records_only(folder)
    text = texts_of_units(given["input_file"])
    text[1] = text[1].replace(b"the", b"and")
    given["input_file"].write_bytes(b"".join(text))
    assert run(**given) == 0
    after = records_only(folder)
    names = sorted(before)
    changed = [name for name in names if before[name] != after[name]]
    assert changed == [names[1]]
    (manifest,) = find_manifests(str(folder))
    verify(manifest, str(folder))


def test_records_of_other_settings_stay(given, tmp_path):
    run(**given)
    before = contents(tmp_path / "out")
    message = refusal(**given | {"random_seed": 1})
    assert "random_seed 12345, now 1" in message
    assert "--overwrite_output" in message
    assert contents(tmp_path / "out") == before
    run(**given | {"random_seed": 1, "overwrite_output": True})
    after = contents(tmp_path / "out")
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before)


@pytest.mark.parametrize("change", ["a", "b,a", "a,b,c"])
@pytest.mark.parametrize("num_workers", [1, None])
def test_other_output_files_are_other_records(
    given, tmp_path, change, num_workers
):
    """What goes to a file depends on how many there are, and their order."""

    def paths(names):
        return ",".join(str(tmp_path / "out" / x) for x in names.split(","))

    size = {"unit_megabytes": UNIT if num_workers else None}
    values = given | size | {"num_workers": num_workers}
    run(**values | {"output_file": paths("a,b")})
    before = contents(tmp_path / "out")
    values |= {"output_file": paths(change)}
    assert "--overwrite_output" in refusal(**values)
    assert contents(tmp_path / "out") == before
    run(**values, overwrite_output=True)
    clean = tmp_path / "clean"
    values |= {"output_file": values["output_file"].replace("/out/", "/clean/")}
    run(**values)
    for name, data in records_only(clean).items():
        assert (tmp_path / "out" / name).read_bytes() == data
    wanted = find_manifests(str(clean))[0]
    assert wanted in find_manifests(str(tmp_path / "out"))


def test_leftovers_of_receipts_go_with_them(given, tmp_path):
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "from foundation.temporary_names import temporary_name;"
            "print(temporary_name('x'))",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=os.getcwd(),
    )
    mark = process.stdout.strip().removeprefix("x")
    run(**given)
    name = sorted(records_only(tmp_path / "out"))[0]
    (tmp_path / "out" / name).unlink()
    parts = tmp_path / "out" / FOLDER
    parts.mkdir()
    (parts / f"{name}.json{mark}").write_bytes(b"half")
    run(**given)
    assert not parts.exists()


def test_a_damaged_receipt_is_named_and_can_be_overwritten(given, tmp_path):
    run(**given)
    expected = contents(tmp_path / "out")
    name = sorted(records_only(tmp_path / "out"))[0]
    parts = tmp_path / "out" / FOLDER
    parts.mkdir()
    (parts / f"{name}.json").write_bytes(b"")
    assert f"{name}.json" in refusal(**given)
    run(**given, overwrite_output=True)
    assert contents(tmp_path / "out") == expected


def test_where_files_end_matters_where_documents_end_with_them(given, tmp_path):
    """The same text in one file and in two."""
    text = given["input_file"].read_text("utf-8")
    one = text[: text.index("\n\n") + 1]  # a document, no blank line behind
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.txt").write_text(one, "utf-8")
    change = {"input_file": folder / "*.txt", "document_break_at_eof": True}
    values = given | change | {"unit_megabytes": 1}
    run(**values)
    before = records_only(tmp_path / "out")
    for number in range(2):
        (folder / f"{number}.txt").unlink()
    (folder / "2.txt").write_text(one + one, "utf-8")
    run(**values)
    after = records_only(tmp_path / "out")
    assert before != after
    clean = tmp_path / "clean" / "a.tfrecord"
    run(**values | {"output_file": clean})
    assert records_only(clean.parent) == after


def test_text_known_to_be_bad_makes_no_unit(given, tmp_path, monkeypatch):
    path = given["input_file"]
    path.write_bytes(path.read_bytes() + b"na\xefve\n")
    monkeypatch.setattr("preprocessing.local_workers.run_unit", int)
    message = refusal(**given)
    num_lines = path.read_bytes().count(b"\n")
    assert f"{path}:{num_lines}" in message
    assert not list((tmp_path / "out").glob("a*"))


def test_units_much_larger_than_wanted_are_named(given, tmp_path, caplog):
    for number in range(8):  # no blank lines at the ends
        path = tmp_path / "parts" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("one two three\nfour five\n" * 200)
    values = given | {"input_file": tmp_path / "parts" / "*.txt"}
    with caplog.at_level("WARNING"):
        run(**values)
    assert "--document_break_at_eof" in caplog.text
    caplog.clear()
    values |= {"output_file": tmp_path / "x" / "a"}
    with caplog.at_level("WARNING"):
        run(**values, document_break_at_eof=True)
    assert "--document_break_at_eof" not in caplog.text
    assert len(records_only(tmp_path / "x")) == 8


def test_held_out_records_have_names_of_their_own(given, tmp_path):
    outputs = f"{tmp_path}/w/a,{tmp_path}/w/held_out/a"
    values = given | {"output_file": outputs, "held_out_fraction": 0.2}
    assert "named twice" in refusal(**values)


def test_a_file_of_others_stays(given, tmp_path):
    run(**given)
    names = sorted(records_only(tmp_path / "out"))
    other = tmp_path / "other" / names[2]
    other.parent.mkdir()
    other.write_bytes(b"precious")
    values = given | {"output_file": tmp_path / "other" / "a.tfrecord"}
    assert "another program" in refusal(**values)
    assert contents(other.parent) == {names[2]: b"precious"}


def test_two_cuttings_do_not_mix(given, tmp_path):
    run(**given)
    before = contents(tmp_path / "out")
    message = refusal(**given | {"unit_megabytes": 2 * UNIT})
    assert "another cutting" in message
    assert contents(tmp_path / "out") == before


def test_a_unit_size_alone_is_refused(given):
    assert "--num_workers" in refusal(**given | {"num_workers": None})


@pytest.mark.parametrize("num_workers", [1, 2])
def test_bad_text_is_named_by_its_line_in_the_file(given, num_workers):
    path = given["input_file"]
    lines = path.read_bytes().split(b"\n")
    lines[-9] += b" na\xefve canaryqx"
    path.write_bytes(b"\n".join(lines))
    message = refusal(**given | {"num_workers": num_workers})
    assert f"{path}:{len(lines) - 8}" in message
    assert "canaryqx" not in message


def test_units_without_text_make_empty_files(given, tmp_path):
    path = tmp_path / "blank.txt"
    path.write_bytes(given["input_file"].read_bytes() + b" \n" * 4000)
    run(**given | {"input_file": path})
    (manifest,) = find_manifests(str(tmp_path / "out"))
    assert manifest.files[-1].num_records == 0
    verify(manifest, str(tmp_path / "out"))
    path.write_bytes(b" \n" * 8000)
    values = given | {"input_file": path, "output_file": tmp_path / "x" / "a"}
    assert "no record can be made" in refusal(**values)


def test_held_out_records_are_those_of_their_documents(given, tmp_path):
    """The same as two calls, one for the documents of each side."""
    exact = given | {"num_workers": None, "unit_megabytes": None}
    run(**exact, held_out_fraction=0.3)
    folder = tmp_path / "out"
    assert [path.name for path in folder.glob("*.tfrecord")] == ["a.tfrecord"]
    held = folder / "held_out" / "a.tfrecord"
    documents = exact["input_file"].read_bytes().strip().split(b"\n\n")
    sides = split_as_the_script_did(documents, exact, tmp_path)
    assert 0.1 < len(sides[1]) / len(documents) < 0.5
    for number, (path, dupe_factor) in enumerate(
        [(folder / "a.tfrecord", 2), (held, 1)]
    ):
        part = tmp_path / f"side{number}.txt"
        part.write_bytes(b"\n\n".join(sides[number]) + b"\n")
        alone = tmp_path / f"alone{number}"
        change = {
            "input_file": part,
            "output_file": alone,
            "dupe_factor": dupe_factor,
        }
        run(**exact | change)
        assert path.read_bytes() == alone.read_bytes()
    for name in (folder, folder / "held_out"):
        (manifest,) = find_manifests(str(name))
        verify(manifest, str(name))


def split_as_the_script_did(documents, values, tmp_path):
    """Returns the documents to train on, and those held out.

    Each is given alone: what becomes of one does not depend on the others.
    """
    sides = ([], [])
    for number, document in enumerate(documents):
        path = tmp_path / "one.txt"
        path.write_bytes(document + b"\n")
        folder = tmp_path / "one" / str(number)
        change = {"input_file": path, "output_file": folder / "a.tfrecord"}
        try:
            run(**values | change, held_out_fraction=0.3)
        except InputError as error:
            sides["no document is held out" not in str(error)].append(document)
        else:
            pytest.fail("one document on both sides")
    return sides


@pytest.mark.parametrize("num_workers", [1, 2])
def test_held_out_in_units(given, tmp_path, num_workers):
    run(**given | {"num_workers": num_workers}, held_out_fraction=0.4)
    folder = tmp_path / "out"
    train = sorted(path.name for path in folder.glob("a*"))
    held = sorted(path.name for path in (folder / "held_out").glob("a*"))
    assert train == held
    before = contents(folder / "held_out")
    (folder / "held_out" / held[1]).unlink()
    run(**given, held_out_fraction=0.4)
    assert contents(folder / "held_out") == before


def test_both_families_hold_out_the_same_documents(given, golden_dir):
    folder = golden_dir / "tokenization"
    out = []
    for tokenizer in (
        load_wordpiece(str(given["vocab_file"]), lower_case=True),
        load_sentencepiece(str(folder / "spm_2k.model"), lower_case=True),
    ):
        corpus = read_corpus(
            [FilePart(str(given["input_file"]))],
            line_encoder(tokenizer),
            keep_hashes=True,
        )
        out.append(held_out_documents(corpus, 0.5))
    assert 0 < out[0].sum() < len(out[0])
    np.testing.assert_array_equal(*out)


def test_copies_are_on_one_side(given):
    path = given["input_file"]
    path.write_bytes(path.read_bytes() * 3)
    corpus = read_corpus(
        [FilePart(str(path))],
        line_encoder(load_wordpiece(str(given["vocab_file"]), lower_case=True)),
        keep_hashes=True,
    )
    out = held_out_documents(corpus, 0.5)
    thirds = out.reshape(3, -1)
    assert (thirds == thirds[0]).all()
    assert num_shared_sentences(corpus, out) == 0
    one = np.zeros(len(out), bool)
    one[0] = True
    num_sentences = corpus.document_starts[1]
    assert num_shared_sentences(corpus, one) == num_sentences


SLOW = {"dupe_factor": 400, "gzip": True}


def wait_for(condition, process):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def children_of(pid):
    path = f"/proc/{pid}/task/{pid}/children"
    with open(path, encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_ended(pids):
    deadline = time.monotonic() + 20
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_running, pids))


needs_proc = pytest.mark.skipif(
    not os.path.exists("/proc/self/task"), reason="needs Linux's /proc"
)


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("way", ["KILL", "TERM", "worker"])
def test_a_stop_costs_the_units_that_were_not_finished(
    root_dir, given, tmp_path, way
):
    clean = tmp_path / "clean"
    values = given | SLOW
    run(**values | {"output_file": clean / "a.tfrecord"})
    expected = contents(clean)
    folder = tmp_path / "out"
    process = start(root_dir, **values | {"num_workers": 2})
    wait_for(
        lambda: (
            list(folder.glob("a*.tfrecord")) and list(folder.glob("a*.tmp-*"))
        ),
        process,
    )
    children = children_of(process.pid)
    if way == "worker":
        # The tracker of resources is a child, too, and does not mind.
        for child in children:
            os.kill(child, signal.SIGKILL)
    else:
        process.send_signal(getattr(signal, f"SIG{way}"))
    said, _ = process.communicate(timeout=60)
    codes = {"KILL": -signal.SIGKILL, "TERM": 143, "worker": 2}
    assert process.returncode == codes[way], said
    assert all_ended(children)
    if way == "worker":
        assert "a worker was killed" in said
    finished = {path.name: path.stat() for path in folder.glob("a*.tfrecord")}
    assert 0 < len(finished) < len(expected) - 1
    for name in finished:
        assert (folder / name).read_bytes() == expected[name]
    assert not (folder / NAME).exists()
    assert run(**values) == 0
    assert contents(folder) == expected
    for name, stat in finished.items():
        assert (folder / name).stat().st_ino == stat.st_ino


@pytest.mark.slow
def test_nothing_shows_text(root_dir, given, tmp_path):
    path = given["input_file"]
    words = [f"canary{letter}qx" for letter in "abcdefgh"]
    text = path.read_text("utf-8").replace(" the ", f" {' '.join(words)} ")
    path.write_text(text, "utf-8")
    process = start(root_dir, **given | {"num_workers": 2})
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert not [word for word in words if word in said]
    for place in (tmp_path / "out").glob("*.json"):
        assert not [word for word in words if word in place.read_text("utf-8")]
