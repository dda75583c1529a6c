"""run_pretraining.py: what is wrong is said before TensorFlow is imported."""

import gzip
import json
import re
import resource
import shutil
import subprocess
import sys

import pytest

from cli import lm_checks, lm_probe
from foundation.errors import InputError
from preprocessing import records
from tests import lm_world
from tests.lm_world import PREDICTIONS, SEQ_LENGTH, StartError

LONGEST_SECONDS = 5  # of processor time, Python's start included
# Runs the script as a person does, then says what was imported.
PROGRAM = r"""
import runpy, sys
try:
    runpy.run_path("run_pretraining.py", run_name="__main__")
except SystemExit as stop:
    print(f"{'tensorflow' in sys.modules} {stop.code}")
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Makes each kind of records once, when it is first asked for."""
    folders = {}

    def folder(family, **values):
        key = json.dumps([family, values], sort_keys=True)
        if key not in folders:
            folders[key] = tmp_path_factory.mktemp(f"{family}_records")
            lm_world.make_records(folders[key], family, **values)
        return folders[key]

    return folder


@pytest.fixture
def world(tmp_path, made):
    return lm_world.make_world(tmp_path / "bert", "bert", records=made("bert"))


@pytest.fixture
def albert(tmp_path, made):
    folder = tmp_path / "albert"
    return lm_world.make_world(folder, "albert", records=made("albert"))


def refusal(world, **values):
    """Returns what a run is refused with."""
    with pytest.raises(InputError) as caught:
        world.run(**values)
    text = str(caught.value)
    for part in ("got ", "expected ", ". Next: "):
        assert part in text
    assert not (world.output / "run.flags").exists()
    return text


def accepted(world, **values):
    """Returns the options of a run that passes all checks."""
    with pytest.raises(StartError) as caught:
        world.run(**values)
    return caught.value.options


def test_what_is_in_order_starts(world):
    options = accepted(world)
    inputs = options.phases[0].inputs
    assert (inputs.max_seq_length, inputs.max_predictions_per_seq) == (64, 10)
    assert options.objective == "next_sentence"
    assert options.evaluation is None
    assert (world.output / "run.flags").exists()
    assert (world.output / "vocab.txt").exists()
    config = json.loads((world.output / "bert_config.json").read_bytes())
    assert config["gelu_form"] == "tanh"


def test_alberts_records_are_of_sentence_order(albert):
    options = accepted(albert)
    assert options.objective == "sentence_order"
    assert (albert.output / "spm_2k.model").exists()
    assert (albert.output / "albert_config.json").exists()


# --- the manifest, one field after the other, in a process of its own

CHANGED = {
    "max_seq_length": (lambda s: s.update(max_seq_length=128), "128", "64"),
    "max_predictions_per_seq": (
        lambda s: s.update(max_predictions_per_seq=20),
        "20",
        "10",
    ),
    "vocab_sha256": (
        lambda s: s.update(vocab_sha256="0" * 64),
        "vocab_sha256 000000000000",
        "vocab_sha256 c90c78b8d763",
    ),
    "do_lower_case": (
        lambda s: s.update(do_lower_case=False),
        "do_lower_case False",
        "do_lower_case True",
    ),
    "family": (
        lambda s: s.update(family="albert"),
        "family albert",
        "family bert",
    ),
    "num_records": (
        lambda s: _add(s, "num_records", 1),
        "records",
        "records",
    ),
    "sha256": (
        lambda s: s["files"][0].update(sha256="0" * 64),
        "sha256 ",
        "sha256 000000000000",
    ),
}


def _add(entry, name, more):
    entry[name] += more
    entry["files"][0][name] += more


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_field_of_the_manifest(world, root_dir, name):
    change, got, expected = CHANGED[name]
    world.change_set(change)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *world.arguments()],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.split() == ["False", "2"], done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("ERROR: ")
    said = re.search(r"got (.*), expected (.*)\. Next: ", line)
    both = said.group(1) + said.group(2)
    if name.startswith("max_"):  # the flag is what was got
        got, expected = expected, got
    assert got in said.group(1), both
    assert expected in said.group(2), both
    seconds = after.ru_utime - before.ru_utime
    seconds += after.ru_stime - before.ru_stime
    assert seconds < LONGEST_SECONDS


@pytest.mark.parametrize("name", ["max_seq_length", "max_predictions_per_seq"])
def test_a_wrong_manifest_is_told_by_the_records(world, name):
    """The flags agree with the manifest, or are not given."""
    values = {"max_seq_length": 128, "max_predictions_per_seq": 20}

    def lengthen(entry):
        entry[name] = values[name]
        old = SEQ_LENGTH if name == "max_seq_length" else PREDICTIONS
        for feature, length in entry["features"].items():
            if length == old:
                entry["features"][feature] = values[name]

    world.change_set(lengthen)
    for given in (values[name], None):
        text = refusal(world, **{name: given})
        assert "record 0" in text
        assert f"expected {values[name]}" in text


def test_a_flipped_byte_is_told_with_file_and_record(world):
    path = world.records / "b.tfrecord"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    text = refusal(world)
    assert "b.tfrecord: record " in text
    assert "checksum" in text


def test_a_cut_file(world):
    path = world.records / "a.tfrecord"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-100])
    text = refusal(world)
    assert f"got {size - 100} bytes" in text
    assert f"expected {size} bytes" in text


def test_a_file_that_is_not_compressed_as_said(world):
    world.change_set(lambda s: s.update(gzip=True))
    assert "got not compressed, expected GZIP" in refusal(world)


# --- flags against records


def test_lengths_that_are_not_given_are_the_records(world, caplog):
    caplog.set_level("INFO", logger="absl")
    options = accepted(world, max_seq_length=None, max_predictions_per_seq=None)
    assert options.phases[0].inputs.max_seq_length == SEQ_LENGTH
    assert "--max_seq_length is not given; using 64" in caplog.text
    text = (world.output / "run.flags").read_text(encoding="utf-8")
    assert "--max_predictions_per_seq=10\n" in text


@pytest.mark.parametrize("length", [32, 128])
def test_another_length_than_the_records(world, length):
    text = refusal(world, max_seq_length=length)
    assert f"got --max_seq_length={length}, expected 64" in text


def test_clinicalberts_22_and_20(world):
    text = refusal(world, max_predictions_per_seq=20)
    assert "got --max_predictions_per_seq=20, expected 10" in text
    assert "clinicalBERT" in text


def test_do_permutation_doubles_the_predictions(tmp_path, made):
    folder = made("albert", do_permutation="true")
    world = lm_world.make_world(tmp_path, "albert", records=folder)
    text = refusal(world)
    assert "got --max_predictions_per_seq=10, expected 20" in text
    assert "--do_permutation doubles" in text
    assert accepted(world, max_predictions_per_seq=20)


def test_records_longer_than_the_positions(world):
    world.write_config(max_position_embeddings=48)
    text = refusal(world)
    assert "got max_seq_length 64, expected at most 48" in text


@pytest.mark.parametrize("known", [True, False])
def test_another_vocabulary(world, known):
    values = {"vocab_file": lm_world.VOCABULARIES / "vocab_cased_2k.txt"}
    if not known:  # it lies beside the weights
        shutil.copy(values["vocab_file"], world.root / "vocab.txt")
        for suffix in (".index", ".data-00000-of-00001"):
            (world.root / f"model.ckpt-7{suffix}").write_bytes(b"")
        values = {
            "vocab_file": None,
            "init_checkpoint": world.root / "model.ckpt-7",
        }
    text = refusal(world, **values)
    assert "vocab_sha256 c90c78b8d763" in text
    assert "do_lower_case True" in text  # the other one is cased


def test_casing_without_a_vocabulary(world):
    text = refusal(world, vocab_file=None, do_lower_case=False)
    assert "got do_lower_case True, expected do_lower_case False" in text
    assert accepted(world, vocab_file=None, do_lower_case=True)


def test_vocabulary_and_config_do_not_fit(world):
    world.write_config(vocab_size=2047)
    text = refusal(world)
    assert "got 2048 pieces" in text
    assert "expected 2047" in text


def test_another_family(albert):
    config = albert.root / "bert.json"
    config.write_text(json.dumps(lm_world.CONFIGS["bert"]), encoding="utf-8")
    text = refusal(albert, bert_config_file=config, spm_model_file=None)
    assert "got family albert, expected family bert" in text


def test_weights_of_another_family(world):
    prefix = world.root / "model.ckpt-7"
    for suffix in (".index", ".data-00000-of-00001"):
        name = b"encoder/transformer/group_0/inner_group_0/LayerNorm"
        (world.root / f"model.ckpt-7{suffix}").write_bytes(name)
    text = refusal(world, init_checkpoint=prefix)
    assert "got weights of ALBERT, expected BERT" in text


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_the_family_of_real_weights(family, recorded_dir):
    folder = recorded_dir / f"{family}_tiny"
    if not folder.is_dir():
        pytest.skip("needs the shared folder beside the checkout")
    assert lm_checks.family_of(str(folder / "model.ckpt-200")) == family


# --- objectives


def test_blocks_have_no_sentences(tmp_path, made):
    folder = made(
        "bert",
        objective="mlm_blocks",
        block_size=SEQ_LENGTH,
        max_seq_length=None,
        max_predictions_per_seq=None,
    )
    world = lm_world.make_world(tmp_path, "bert", records=folder)
    world.flags["max_predictions_per_seq"] = None
    assert accepted(world).objective == "masked_lm"
    shutil.rmtree(world.output)
    text = refusal(world, objective="next_sentence")
    assert "no next_sentence_labels" in text


def test_labels_need_not_be_learned(world):
    assert accepted(world, objective="masked_lm").sentence_task == ""


def test_masks_to_be_drawn_need_the_vocabulary(tmp_path, made):
    folder = made("bert", dynamic_masking="true")
    world = lm_world.make_world(tmp_path, "bert", records=folder)
    text = refusal(world, vocab_file=None)
    assert "a vocabulary that is not known" in text
    inputs = accepted(world).phases[0].inputs
    assert inputs.masker.num_predictions == PREDICTIONS
    assert inputs.masker.seq_length == SEQ_LENGTH
    shutil.rmtree(world.output)
    world.manifest.unlink()  # nobody knows how to draw now
    assert "masked_lm_positions" in refusal(world)


# --- records of the originals: no manifest


@pytest.fixture
def loose(world):
    world.manifest.unlink()
    return world


def test_records_without_a_manifest(loose):
    assert accepted(loose).phases[0].inputs.records.manifest is None


def test_compressed_records_without_a_manifest(loose):
    for path in loose.records.iterdir():
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert accepted(loose).phases[0].inputs.records.gzip


def test_wrong_lengths_without_a_manifest(loose):
    text = refusal(loose, max_seq_length=128)
    assert "got --max_seq_length=128, expected 64" in text


def test_ids_beyond_the_config(loose):
    loose.write_config(vocab_size=100)
    text = refusal(loose, vocab_file=None)
    assert "record 0" in text
    assert "expected 0 to 99: vocab_size of the config" in text


def test_segments_beyond_the_config(loose):
    loose.write_config(type_vocab_size=1)
    text = refusal(loose)
    assert "segment_ids from 0 to 1" in text
    assert "type_vocab_size" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masked_lm_positions", SEQ_LENGTH),
        ("masked_lm_ids", 2048),
        ("next_sentence_labels", 2),
        ("input_mask", 7),
        ("input_ids", -1),
    ],
)
def test_a_value_that_cannot_be(loose, monkeypatch, name, value):
    """In the last file, and not in its first record."""

    def spoiled(path):
        for index, record in enumerate(records.iterate_examples(path)):
            if path.endswith("b.tfrecord") and index == 3:
                record[name][-1] = value
            yield record

    monkeypatch.setattr(lm_probe, "iterate_examples", spoiled)
    text = refusal(loose)
    assert "b.tfrecord: record 3, counted from 0" in text
    assert name in text
    assert str(value) in text


def test_text_is_no_record(world):
    text = refusal(world, input_file=world.config)
    assert "record 0, counted from 0, is damaged" in text


# --- held-out records and a second phase


def test_held_out_records_turn_the_evaluation_on(world):
    options = accepted(world, eval_input_file=f"{world.records}/b.tfrecord")
    assert not options.evaluation.wraps
    assert options.evaluation.inputs.batch_size == 8
    assert options.saving.eval_every_steps == 1000


def test_held_out_records_of_another_length(world, shorter):
    text = refusal(world, eval_input_file=f"{shorter}/*.tfrecord")
    assert "got max_seq_length 32" in text
    assert "expected max_seq_length 64" in text


def test_held_out_records_of_a_second_phase(world, shorter):
    options = accepted(
        world,
        input_file=f"{shorter}/*.tfrecord",
        max_seq_length=None,
        phase2_input_file=f"{world.records}/*.tfrecord",
        phase2_num_train_steps=5,
        eval_input_file=f"{world.records}/b.tfrecord",
    )
    first, second = options.phases
    assert first.inputs.max_seq_length == 32
    assert second.inputs.max_seq_length == SEQ_LENGTH
    assert (second.num_train_steps, second.rates) == (5, None)
    assert options.evaluation.inputs.max_seq_length == SEQ_LENGTH


def test_a_second_phase_is_guarded_too(world, shorter):
    text = refusal(
        world,
        phase2_input_file=f"{shorter}/*.tfrecord",
        phase2_num_train_steps=5,
        phase2_max_seq_length=64,
    )
    assert "got --phase2_max_seq_length=64, expected 32" in text


@pytest.fixture
def shorter(made):
    return made("bert", max_seq_length=32)


def test_the_originals_evaluation_wraps_around(world, albert):
    bert = accepted(world, do_eval=True)
    assert bert.evaluation.wraps
    assert bert.saving.eval_every_steps == 0
    assert not bert.keep_best
    options = accepted(albert, do_eval=True)
    assert options.keep_best
    assert options.saving.eval_every_steps == 5000
    assert options.evaluation.inputs.batch_size == 64


# --- the output folder


def test_an_earlier_run_goes_only_when_all_is_in_order(world):
    world.output.mkdir()
    (world.output / "model.ckpt-7.index").write_bytes(b"")
    refusal(world, overwrite_output_dir=True, max_seq_length=65)
    assert (world.output / "model.ckpt-7.index").exists()
    accepted(world, overwrite_output_dir=True)
    assert not (world.output / "model.ckpt-7.index").exists()


def test_weights_to_start_from_are_not_overwritten(world):
    world.output.mkdir()
    (world.output / "model.ckpt-7.index").write_bytes(b"")
    text = refusal(
        world,
        overwrite_output_dir=True,
        init_checkpoint=world.output / "model.ckpt-7",
    )
    assert "would remove the weights" in text


def test_run_flags_repeat_the_run(world, tmp_path):
    first = accepted(world, seed=None, do_eval=True)
    shutil.copy(world.output / "run.flags", tmp_path / "again.flags")
    shutil.rmtree(world.output)
    again = lm_world.World(world.root, "bert", {})
    second = accepted(again, flagfile=tmp_path / "again.flags")
    assert second == first


def test_nothing_to_do(world):
    text = refusal(world, do_train=None)
    assert "none of --do_train, --do_eval" in text


# --- flags, each named with its value

REFUSED = {
    "--masked_lm_budget": ({"masked_lm_budget": 0.15}, "--dynamic_masking"),
    "--learning_rate": ({"learning_rate": 0}, "--learning_rate=0"),
    "--init_from_group0": ({"init_from_group0": True}, "a BERT config"),
    "--new_phase": (
        {"new_phase": True, "overwrite_output_dir": True},
        "--overwrite_output_dir",
    ),
    "--overwrite_output_dir": (
        {"overwrite_output_dir": True, "do_train": False, "do_eval": True},
        "--do_train",
    ),
    "--num_train_epochs": ({"num_train_epochs": 2}, "--num_train_steps=20"),
    "--warmup_proportion": (
        {"warmup_proportion": 0.1},
        "--num_warmup_steps=2",
    ),
    "--input_file": ({"input_file": None}, "--input_file=data/*.tfrecord"),
    "no output folder": ({"output_dir": None}, "--output_dir"),
    "no record file matches": (
        {"input_file": "/nowhere/*.tfrecord"},
        "--input_file=/nowhere/*.tfrecord",
    ),
    "--spm_model_file": (
        {"spm_model_file": "x.model"},
        "--spm_model_file=x.model for BERT",
    ),
    "no checkpoint there": (
        {"init_checkpoint": "/nowhere/model.ckpt"},
        "--init_checkpoint",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_flag_is_honoured_or_refused(world, name):
    values, fact = REFUSED[name]
    text = refusal(world, **values)
    assert name in text
    assert fact in text


def test_a_file_that_two_patterns_match(world):
    twice = f"{world.records}/*.tfrecord,{world.records}/a.tfrecord"
    assert "named twice" in refusal(world, input_file=twice)


def test_workers_share_a_seed_and_a_folder(world, monkeypatch):
    cluster = {
        "cluster": {"worker": ["a:1", "b:1"]},
        "task": {"type": "worker", "index": 1},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    text = refusal(world, seed=None)
    assert "got no --seed and 2 workers" in text
    text = refusal(world, overwrite_output_dir=True)
    assert "with several workers" in text
    options = accepted(world)
    assert options.devices.strategy == "multi_worker"
    assert not (world.output / "run.flags").exists()  # the chief's
    cluster["task"]["index"] = 0
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    accepted(world)
    assert (world.output / "run.flags").exists()


def test_a_config_without_type_vocab_size(world, caplog):
    config = dict(lm_world.CONFIGS["bert"])
    del config["type_vocab_size"]
    world.config.write_text(json.dumps(config), encoding="utf-8")
    assert accepted(world)
    assert "type_vocab_size is 16" in caplog.text


def test_large_sets_are_left_to_the_reader(world, monkeypatch, caplog):
    monkeypatch.setattr(lm_checks, "MAX_VERIFIED_BYTES", 1000)
    caplog.set_level("INFO", logger="absl")
    world.change_set(lambda s: s["files"][0].update(sha256="0" * 64))
    assert accepted(world)
    assert "their sizes are checked now" in caplog.text
