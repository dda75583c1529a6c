"""preprocessing/beam_engine.py as far as it goes without Apache Beam.

What it does with it: tests/test_pretraining_beam.py.
"""

import concurrent.futures
import dataclasses
import importlib.util
import multiprocessing
import time

import pytest

from foundation.errors import InputError
from preprocessing import beam_engine, unit_records
from preprocessing.corpus_files import FilePart
from preprocessing.corpus_units import Unit
from preprocessing.example_encoding import RecordFormat
from preprocessing.instance_options import InstanceOptions
from preprocessing.manifest import Manifest
from preprocessing.manifest_parts import FOLDER
from preprocessing.record_job import RecordJob, features_of
from preprocessing.tokenization import load_wordpiece, settings_of
from preprocessing.unit_records import UnitJob, UnitResult

TEXT = "the patient has a fever\nno cough\n\nthe heart is well\nso is he\n"


@pytest.fixture
def unit(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return Unit(0, (FilePart(str(path)),), len(TEXT))


@pytest.fixture
def job(tmp_path, golden_dir):
    vocabulary = str(golden_dir / "tokenization" / "vocab_uncased_2k.txt")
    pieces = load_wordpiece(vocabulary, lower_case=True)
    options = InstanceOptions(
        family="bert",
        max_seq_length=32,
        max_predictions_per_seq=5,
        dupe_factor=1,
        do_whole_word_mask=False,
    )
    record_format = RecordFormat(32, options.max_predictions_per_seq)
    manifest = Manifest(
        family="bert",
        vocab_sha256=pieces.vocab_sha256,
        do_lower_case=True,
        max_seq_length=32,
        max_predictions_per_seq=options.max_predictions_per_seq,
        features=features_of(options, record_format),
        padded=True,
        gzip=False,
        random_seed=options.random_seed,
        flags={},
    )
    records = RecordJob(
        tokenizer=settings_of(pieces, vocabulary),
        options=options,
        record_format=record_format,
        manifest=manifest,
    )
    return UnitJob(records, (str(tmp_path / "a.tfrecord"),), 1)


def failing(error):
    def run_unit(*_):
        raise error

    return run_unit


def test_a_worker_makes_what_run_unit_makes(unit, job, tmp_path):
    beam_engine.make_on_worker(unit, job)
    path = tmp_path / "a-00000-of-00001.tfrecord"
    made = path.read_bytes()
    assert made
    path.unlink()
    assert unit_records.run_unit(unit, job).num_records > 0
    assert path.read_bytes() == made


def test_a_worker_with_another_vocabulary_stops(unit, job, tmp_path):
    manifest = dataclasses.replace(job.records.manifest, vocab_sha256="0" * 64)
    records = dataclasses.replace(job.records, manifest=manifest)
    with pytest.raises(InputError, match="a worker has another vocabulary"):
        beam_engine.make_on_worker(
            unit, dataclasses.replace(job, records=records)
        )
    assert not list(tmp_path.glob("a*"))


def test_a_worker_without_the_text_names_the_file(job):
    lost = Unit(0, (FilePart("/no/such/place.txt"),), 3)
    with pytest.raises(InputError) as caught:
        beam_engine.make_on_worker(lost, job)
    assert "No such file" in str(caught.value)
    assert caught.value.path == "/no/such/place.txt"


def test_a_defect_is_told_without_its_message(unit, job, monkeypatch):
    error = KeyError("Mrs Smith")
    monkeypatch.setattr(beam_engine, "run_unit", failing(error))
    with pytest.raises(RuntimeError) as caught:
        beam_engine.make_on_worker(unit, job)
    assert "KeyError at " in str(caught.value)
    assert "Smith" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_threads_of_a_worker_take_turns(unit, job, monkeypatch):
    inside = []
    most = []

    def run_unit(*_):
        inside.append(None)
        time.sleep(0.05)
        most.append(len(inside))
        inside.pop()
        return UnitResult(0, 1, 1, 0)

    monkeypatch.setattr(beam_engine, "run_unit", run_unit)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tries = [
            pool.submit(beam_engine.make_on_worker, unit, job) for _ in range(4)
        ]
    assert [one.result() for one in tries] == [None] * 4
    assert most == [1] * 4


@pytest.mark.slow
def test_one_unit_may_be_tried_by_several_at_once(unit, job, tmp_path):
    beam_engine.make_on_worker(unit, job)
    made = tmp_path / "a-00000-of-00001.tfrecord"
    receipt = tmp_path / FOLDER / f"{made.name}.json"
    expected = made.read_bytes(), receipt.read_bytes()
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(3, context) as pool:
        for _ in range(10):
            made.unlink()
            tries = [
                pool.submit(beam_engine.make_on_worker, unit, job)
                for _ in range(3)
            ]
            assert [one.result() for one in tries] == [None] * 3
            assert (made.read_bytes(), receipt.read_bytes()) == expected
    assert not list(tmp_path.rglob("*.tmp-*"))


def test_damage_is_logged(unit, job, monkeypatch, caplog):
    result = UnitResult(0, 1, 1, 0, damaged="a-0.tfrecord")
    monkeypatch.setattr(beam_engine, "run_unit", lambda *_: result)
    beam_engine.make_on_worker(unit, job)
    assert "a-0.tfrecord was damaged" in caplog.text


def test_what_a_worker_said_is_found_in_a_trace():
    said = InputError("bad text", got="a thing", path="/x/y.txt", line=3)
    trace = (
        "Traceback (most recent call last):\n  File z, line 1, in f\n"
        f"foundation.errors.InputError: {said}\n\nDuring handling of ...\n"
        f"foundation.errors.InputError: {said} [while running 'records']\n"
    )
    told = beam_engine._failure(RuntimeError(trace), "FlinkRunner")
    assert str(told) == str(said)
    told = beam_engine._failure(
        InputError(f"{said} [while running 'records']"), "DirectRunner"
    )
    assert str(told) == str(said)


def test_another_failure_is_beams():
    error = RuntimeError("Traceback:\n  no broker\ncannot be reached")
    told = str(beam_engine._failure(error, "FlinkRunner"))
    assert "got RuntimeError: cannot be reached" in told
    assert "FlinkRunner" in told


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None,
    reason="Apache Beam is installed here",
)
def test_without_beam_the_command_is_named(unit, job):
    done = beam_engine.run_units([unit], job, runner="DirectRunner")
    with pytest.raises(InputError, match="run `make beam`"):
        next(done)
