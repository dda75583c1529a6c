"""Bad input that only TensorFlow can see: weights, resuming, memory.

The script's own code runs in this process, so that TensorFlow is imported
once. Marked slow; `test_script_itself` runs the real thing.
"""

import importlib.util
import json
import resource
import sys
import time

import pytest
from absl import flags

from cli import entry, ner_run
from tests.bad_input_world import (
    make_world,
    run_script,
    weights,
    write_checkpoint,
)

pytestmark = pytest.mark.slow

NEEDED = len(weights()) - 2  # tagging does without the pooler
LOST = "bert/encoder/layer_0/intermediate/dense/bias"
LONGEST_SECONDS = 10  # of processor time, TensorFlow's import aside


@pytest.fixture(scope="module")
def run_ner(root_dir):
    path = root_dir / "run_ner.py"
    spec = importlib.util.spec_from_file_location("run_ner", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world(tmp_path, root_dir, fixtures_dir):
    return make_world(tmp_path, checkout=root_dir, fixtures=fixtures_dir)


@pytest.fixture
def run(run_ner, world, capsys, monkeypatch):
    """Runs the world's command line; returns exit code and error lines."""
    import tensorflow  # noqa: F401 - its import is not what is timed

    def run_once(*extra, main=ner_run.run_all):
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        fv = flags.FlagValues()
        run_ner.define_flags(fv)
        argv = ["run_ner.py", *world.arguments(extra)]
        before = time.process_time()
        with pytest.raises(SystemExit) as stop:
            entry.run(lambda _: main(fv), fv, argv=argv)
        assert time.process_time() - before < LONGEST_SECONDS
        err = capsys.readouterr().err
        assert "Traceback" not in err
        lines = [x for x in err.splitlines() if x.startswith("ERROR:")]
        return stop.value.code, lines

    return run_once


def check(result, *facts):
    code, lines = result
    assert code == 2
    assert len(lines) == 1
    for fact in ("got ", "expected ", ". Next: ", *facts):
        assert fact in lines[0], f"{fact!r} is not in: {lines[0]}"


def renamed(old, new):
    return {n.replace(old, new): shape for n, shape in weights().items()}


def test_wrong_shape(world, run):
    name = "bert/encoder/layer_0/output/dense/kernel"
    write_checkpoint(world.checkpoint, {**weights(), name: (48, 32)})
    check(
        run(),
        str(world.checkpoint),
        name,
        "got [48, 32] in the checkpoint",
        "expected [64, 32] by the config",
        "--bert_config_file",
    )


def test_vocabulary_of_another_size(world, run):
    name = "bert/embeddings/word_embeddings"
    write_checkpoint(world.checkpoint, {**weights(), name: (3000, 32)})
    check(run(), name, "[3000, 32]", "[2048, 32]", "--vocab_file")


def test_one_tensor_is_missing(world, run):
    shapes = weights()
    del shapes[LOST]
    write_checkpoint(world.checkpoint, shapes)
    check(
        run(),
        f"lacks {LOST}",
        f" of {len(weights())} encoder tensors",
        "--init_checkpoint",
    )


def test_no_tensor_matches(world, run):
    write_checkpoint(world.checkpoint, renamed("bert/", "electra/"))
    check(
        run(),
        "no encoder tensor of the checkpoint matches",
        "electra/embeddings",
        f"expected all {NEEDED}, bert/",
    )


def test_more_layers_than_the_checkpoint_has(world, run):
    write_checkpoint(world.checkpoint)
    world.write_config(num_hidden_layers=2)
    check(run(), "bert/encoder/layer_1/", "--bert_config_file")


def test_object_based_checkpoint(world, run):
    import tensorflow as tf

    path = tf.train.Checkpoint(kernel=tf.Variable([1.0])).write(
        str(world.root / "tf2" / "ckpt-1")
    )
    check(run(f"--init_checkpoint={path}"), "TF2 object-based", path)


def test_damaged_index(world, run):
    write_checkpoint(world.checkpoint)
    (world.root / "model.ckpt-7.index").write_bytes(b"no index " * 50)
    check(run(), str(world.checkpoint), "damaged", "download it again")


@pytest.mark.parametrize("damage", ["short", "flipped"])
def test_damaged_data(world, run, damage):
    write_checkpoint(world.checkpoint)
    path = world.root / "model.ckpt-7.data-00000-of-00001"
    data = bytearray(path.read_bytes())
    if damage == "short":
        data = data[: len(data) // 2]
    else:
        data[len(data) // 2] ^= 255
    path.write_bytes(data)
    check(run(), str(world.checkpoint), "damaged", "at variable bert/")


def test_damaged_safetensors(world, run, fixtures_dir):
    folder = world.root / "hf"
    folder.mkdir()
    source = fixtures_dir / "huggingface" / "bert_tiny"
    (folder / "config.json").write_bytes((source / "config.json").read_bytes())
    data = (source / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-100])
    check(run(f"--init_checkpoint={folder}"), "model.safetensors")


def test_batch_larger_than_the_data(world, run):
    write_checkpoint(world.checkpoint)
    check(
        run("--train_batch_size=1000", "--overflow=truncate"),
        "nothing to train",
        "got 48 examples, 1000 an update",
        "--train_batch_size",
    )


@pytest.fixture
def trained(world, run):
    """An output folder with a finished run of three updates."""
    write_checkpoint(world.checkpoint)
    code, lines = run("--do_predict=false")
    assert code == 0, lines
    assert (world.output / "model.ckpt-3.index").exists()
    return world


def test_changed_options_when_resuming(trained, run):
    check(
        run("--train_batch_size=8"),
        str(trained.output),
        "train_batch_size differs",
        "got 8",
        "expected 16",
        "--overwrite_output_dir",
    )
    check(run("--max_seq_length=32"), "max_seq_length", "got 32", "expected 64")
    check(run("--precision=bfloat16"), "precision", "expected float32")
    train = trained.train.read_text()
    trained.train.write_text(train + "\nword\tO\n")
    check(run(), "training data differs", "another --output_dir")
    trained.train.write_text(train.replace("Disease", "Gene"))
    check(run("--do_predict=false"), "label_map.json", "B-Gene", "B-Disease")


def test_damage_in_the_output_folder(trained, run):
    sidecar = trained.output / "model.ckpt-3.resume.json"
    kept = sidecar.read_bytes()
    sidecar.write_bytes(kept[:20])
    check(run(), "checkpoint in the output folder is damaged")
    sidecar.write_bytes(kept)
    assert run("--do_train=false")[0] == 0
    data = trained.output / "model.ckpt-3.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    check(run(), str(trained.output), "got 1 damaged", "--overwrite_output_dir")
    assert run("--overwrite_output_dir")[0] == 0


def test_model_without_a_head(world, run):
    write_checkpoint(world.checkpoint)
    (world.root / "label_map.json").write_text(
        json.dumps({"scheme": "word", "labels": ["O", "B", "I"]})
    )
    for path in world.data.iterdir():
        path.write_text(path.read_text().replace("-Disease", ""))
    check(run("--do_train=false"), "no fine-tuned checkpoint", "--do_train")


def test_disk_fills_while_a_checkpoint_is_written(world, run):
    write_checkpoint(world.checkpoint)

    def main(fv):
        size = 150 << 10  # between the logs' size and the checkpoint's
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            return ner_run.run_all(fv)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    check(run(main=main), "checkpoint cannot be written", "free space")
    names = [p.name for p in world.output.iterdir()]
    assert not [n for n in names if "model.ckpt" in n], names
    assert run()[0] == 0  # the same command again goes on


def test_path_of_an_unknown_kind(run):
    check(run("--data_dir=abc://bucket/data"), "got abc://", "local folder")


def test_out_of_memory(run):
    import tensorflow as tf

    def main(_fv):
        return int(tf.reduce_sum(tf.zeros([1 << 44])))

    check(run(main=main), "out of memory", "17592186044416", "batch_size")


def test_out_of_memory_in_python(run):
    def main(_fv):
        return len(bytearray(1 << 60))

    check(run(main=main), "out of memory", "--train_batch_size")


def test_script_itself(world):
    shapes = weights()
    del shapes[LOST]
    write_checkpoint(world.checkpoint, shapes)
    outcome = run_script(world)
    check((outcome.code, outcome.error_lines), LOST)
    assert "Traceback" not in outcome.err + outcome.out
    assert outcome.err.splitlines()[-1] == outcome.error_lines[0]
    assert outcome.seconds < 20  # seconds of all cores; import included
