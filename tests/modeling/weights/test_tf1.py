"""TF1 bundles: every spelling of a path, damage, writing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from modeling.weights import checkpoint_paths, tf1

NAMES = {
    "bert/embeddings/word_embeddings": np.arange(6, dtype=np.float32).reshape(
        3, 2
    ),
    "output_bias": np.ones(2, np.float32),
    "global_step": np.int64(7),
}


def write(prefix):
    tf1.write_bundle(str(prefix), {n: tf.constant(v) for n, v in NAMES.items()})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "model.ckpt-7")
    (tmp_path / "checkpoint").write_text(
        'model_checkpoint_path: "model.ckpt-7"\n', encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    "spelling",
    [
        "model.ckpt-7",
        "model.ckpt-7.index",
        "model.ckpt-7.data-00000-of-00001",
        "model.ckpt-7.meta",
        "checkpoint",
        "",
        "/",
    ],
)
def test_every_spelling_means_the_prefix(folder, spelling):
    path = str(folder) + ("/" + spelling if spelling != "/" else "/")
    assert checkpoint_paths.resolve_prefix(path) == str(folder / "model.ckpt-7")


def test_pointer_with_the_path_of_another_machine(folder):
    (folder / "checkpoint").write_text(
        'model_checkpoint_path: "/home/author/bert/model.ckpt-7"\n',
        encoding="utf-8",
    )
    assert checkpoint_paths.resolve_prefix(str(folder)) == str(
        folder / "model.ckpt-7"
    )


def test_folder_without_pointer_takes_the_newest(folder):
    (folder / "checkpoint").unlink()
    write(folder / "model.ckpt-11")
    assert checkpoint_paths.resolve_prefix(str(folder)) == str(
        folder / "model.ckpt-11"
    )


def test_what_a_killed_writer_left_is_no_checkpoint(folder):
    (folder / "checkpoint").unlink()
    (folder / "model.ckpt-8.tmp-123.index").write_bytes(b"")
    assert checkpoint_paths.resolve_prefix(str(folder)) == str(
        folder / "model.ckpt-7"
    )


def test_folder_with_two_names_is_ambiguous(tmp_path):
    write(tmp_path / "model.ckpt-best")
    write(tmp_path / "bert_model.ckpt")
    with pytest.raises(InputError, match="several checkpoints"):
        checkpoint_paths.resolve_prefix(str(tmp_path))


def test_nothing_there(tmp_path):
    assert (
        checkpoint_paths.resolve_prefix(str(tmp_path / "model.ckpt-1")) is None
    )
    assert checkpoint_paths.resolve_prefix(str(tmp_path)) is None


def test_bundle_holds_what_was_written_and_nothing_else(folder):
    bundle = tf1.Tf1Bundle(str(folder / "model.ckpt-7"))
    assert set(bundle.shapes) == set(NAMES)
    for name, value in NAMES.items():
        np.testing.assert_array_equal(bundle.read(name), value)
    assert bundle.read("global_step").dtype == np.int64


def test_tensorflows_own_reader_takes_the_file(folder):
    listed = dict(tf.train.list_variables(str(folder)))
    assert listed["bert/embeddings/word_embeddings"] == [3, 2]
    assert set(listed) == set(NAMES)


def test_flipped_byte_is_found_when_it_is_read(folder):
    data = folder / "model.ckpt-7.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[3] ^= 1
    data.write_bytes(content)
    bundle = tf1.Tf1Bundle(str(folder / "model.ckpt-7"))
    with pytest.raises(InputError, match="damaged"):
        [bundle.read(name) for name in NAMES]


def test_missing_data_file(folder):
    (folder / "model.ckpt-7.data-00000-of-00001").unlink()
    with pytest.raises(InputError, match="damaged"):
        tf1.Tf1Bundle(str(folder / "model.ckpt-7")).read("output_bias")


def test_object_based_checkpoint_is_refused(tmp_path):
    prefix = tf.train.Checkpoint(x=tf.Variable(1.0)).write(
        str(tmp_path / "ckpt")
    )
    with pytest.raises(InputError, match="TF2 object-based"):
        tf1.Tf1Bundle(prefix)


def test_checkpoint_of_google_s_own_script(shared_dir):
    folder = shared_dir / "data" / "ckpt" / "keras-bert-test_checkpoint"
    prefix = checkpoint_paths.resolve_prefix(str(folder))
    bundle = tf1.Tf1Bundle(prefix)
    assert len(bundle.shapes) == 139
    assert int(bundle.read("global_step")) == 20
    assert bundle.read("cls/seq_relationship/output_weights").shape == (2, 4)


def test_copy_of_a_bundle_reads_the_same(folder, tmp_path):
    target = tmp_path / "copy"
    target.mkdir()
    for file in folder.glob("model.ckpt-7*"):
        shutil.copy(file, target / file.name)
    bundle = tf1.Tf1Bundle(str(target / "model.ckpt-7"))
    np.testing.assert_array_equal(
        bundle.read("output_bias"), NAMES["output_bias"]
    )
