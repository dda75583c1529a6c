import dataclasses
import functools
import itertools
import subprocess
import sys

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import pretraining_batches
from preprocessing.corpus_files import FilePart
from preprocessing.documents import line_encoder
from preprocessing.instances import InstanceOptions, vocabulary_facts
from preprocessing.mlm_blocks import (
    BlockOptions,
    create_block_instances,
    read_piece_blocks,
)
from preprocessing.pretraining_batches import PretrainingBatches
from preprocessing.record_order import RecordOrder
from preprocessing.record_set import open_record_set
from preprocessing.records import (
    RecordFormat,
    read_examples,
    write_records,
)
from tests.preprocessing.pretraining_cases import pack, read_documents
from tests.preprocessing.record_folders import Folder, P, S, damage
from tests.preprocessing.record_tables import table_of
from tests.preprocessing.token_rows import Tokens

COUNTS = [9, 1, 14, 6]
SIZE = sum(COUNTS)
FEATURES = {
    "input_ids": np.int32,
    "input_mask": np.int32,
    "segment_ids": np.int32,
    "masked_lm_positions": np.int32,
    "masked_lm_ids": np.int32,
    "masked_lm_weights": np.float32,
    "next_sentence_labels": np.int32,
    "records": np.int64,
}
BERT = InstanceOptions(
    family="bert",
    max_seq_length=64,
    max_predictions_per_seq=10,
    dupe_factor=1,
    do_whole_word_mask=True,
)


def batches_of(paths, *, batch_size=4, seq=S, preds=P, seed=1, **options):
    return PretrainingBatches(
        open_record_set(paths),
        max_seq_length=seq,
        max_predictions_per_seq=preds,
        batch_size=batch_size,
        seed=seed,
        **options,
    )


def joined(batches):
    batches = list(batches)
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


def first(batches, count, *, start=0):
    """Returns some batches as one, and closes the stream."""
    stream = batches.from_batch(start)
    found = joined(itertools.islice(stream, count))
    stream.close()
    return found


def check_equal(made, expected):
    for name, values in expected.items():
        np.testing.assert_array_equal(made[name], values, err_msg=name)


def refusal(batches):
    with pytest.raises(InputError) as error:
        joined(batches.once())
    return error.value


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("gzip", [True, False])
@pytest.mark.parametrize("shuffle", [True, False])
def test_features_are_those_of_the_records(tmp_path, padded, gzip, shuffle):
    folder = Folder(tmp_path, COUNTS, padded=padded, gzip=gzip)
    batches = batches_of(folder.paths, batch_size=5, shuffle=shuffle)
    assert batches.records_per_epoch == SIZE
    made = first(batches, 12)
    assert {name: x.dtype for name, x in made.items()} == FEATURES
    records = made.pop("records")
    for epoch in (records[:SIZE], records[SIZE:]):
        assert sorted(epoch) == list(range(SIZE))
        assert (list(epoch) == sorted(epoch)) != shuffle
    check_equal(made, {name: folder.features[name][records] for name in made})


def test_wider_than_the_records(tmp_path):
    folder = Folder(tmp_path, COUNTS)
    made = first(batches_of(folder.paths, seq=S + 8, preds=P + 3), 3)
    for name, values in made.items():
        if values.ndim == 2 and name != "next_sentence_labels":
            before = folder.features[name][made["records"]]
            extra = values.shape[1] - before.shape[1]
            assert extra in (8, 3)
            expected = np.pad(before, ((0, 0), (0, extra)))
            np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("case", ["bert_odd_lines", "albert_default"])
def test_rows_of_the_original_wrap_around(golden_dir, tmp_path, case):
    with np.load(golden_dir / "pretraining_data" / f"{case}.npz") as data:
        golden = dict(data)
    size, seq = golden["input_ids"].shape
    preds = golden["masked_lm_ids"].shape[1]
    path = str(tmp_path / "records")
    write_records(
        table_of(golden),
        np.arange(size),
        [path],
        record_format=RecordFormat(seq, preds),
    )
    batches = batches_of(
        [path], batch_size=8, seq=seq, preds=preds, shuffle=False
    )
    for start in (0, 10):
        stream = batches.from_batch(start)
        for index, batch in zip(range(start, start + 20), stream, strict=False):
            rows = (8 * index + np.arange(8)) % size
            assert batch["records"].tolist() == rows.tolist()
            for name in FEATURES.keys() - {"records"}:
                expected = golden[name][rows].reshape(8, -1)
                np.testing.assert_array_equal(batch[name], expected)
        stream.close()


@pytest.mark.parametrize("shuffle", [True, False])
def test_from_any_batch_it_is_the_same_stream(tmp_path, monkeypatch, shuffle):
    short = functools.partial(RecordOrder, block_records=8)
    monkeypatch.setattr(pretraining_batches, "RecordOrder", short)
    folder = Folder(tmp_path, COUNTS)
    whole = first(batches_of(folder.paths, shuffle=shuffle), 20)
    for start in (0, 1, 5, 7, 8, 15):
        batches = batches_of(folder.paths, shuffle=shuffle)
        check_equal(
            first(batches, 5, start=start),
            {name: x[4 * start : 4 * start + 20] for name, x in whole.items()},
        )


def test_once(tmp_path):
    folder = Folder(tmp_path, COUNTS)
    batches = list(batches_of(folder.paths, batch_size=8).once())
    assert [len(batch["records"]) for batch in batches] == [8, 8, 8, 6]
    made = joined(batches)
    assert made.pop("records").tolist() == list(range(SIZE))
    check_equal(made, {name: folder.features[name] for name in made})


@pytest.mark.parametrize("index", [0, 2])
def test_a_damaged_byte_is_named_with_its_file_and_record(tmp_path, index):
    folder = Folder(tmp_path, COUNTS)
    batches = batches_of(folder.paths)
    damage(folder.paths[index])
    stream = batches.from_batch(0)
    with pytest.raises(InputError) as error:
        joined(itertools.islice(stream, 20))
    assert error.value.path == folder.paths[index]
    assert f"record {COUNTS[index] - 1}," in error.value.problem


def written(folder, name, *, row, size=SIZE, **changes):
    """Writes records with other values in a row; returns their path."""
    import tensorflow as tf

    path = str(folder / name)
    features = Folder(folder, COUNTS).features
    with tf.io.TFRecordWriter(path) as writer:
        for i in range(size):
            values = {n: x[i] for n, x in features.items()}
            if i == row:
                values |= changes
            entries = {
                n: tf.train.Feature(float_list={"value": x})
                if np.asarray(x).dtype.kind == "f"
                else tf.train.Feature(int64_list={"value": x})
                for n, x in values.items()
                if x is not None
            }
            one = tf.train.Example(features={"feature": entries})
            writer.write(one.SerializeToString())
    return path


@pytest.mark.parametrize(
    ("changes", "got", "expected"),
    [
        ({"input_ids": [1] * (S + 1)}, f"{S + 1} values of input_ids", S),
        ({"masked_lm_ids": [1] * 9}, "9 values of masked_lm_ids", P),
        ({"masked_lm_positions": [S, 0, 0, 0]}, "masked_lm_positions", S - 1),
        ({"masked_lm_positions": [-1, 0, 0, 0]}, "masked_lm_positions", "0 to"),
        ({"input_ids": [-5] * S}, "input_ids that is out of range", "0 to"),
        ({"input_ids": [50000] * S}, "input_ids that is out of range", "39999"),
        ({"masked_lm_ids": [50000] * P}, "masked_lm_ids that", "39999"),
        ({"input_mask": [2] * S}, "input_mask that is out", "0 to 1"),
        ({"next_sentence_labels": [2]}, "next_sentence_labels that", "0 to 1"),
        ({"next_sentence_labels": None}, "no next_sentence", "as many"),
        ({"segment_ids": None}, "no segment_ids", "as many"),
        ({"segment_ids": [0] * 3}, "3 segment_ids", "as many"),
        ({"masked_lm_ids": [1]}, "1 masked_lm_ids", "as many"),
        ({"masked_lm_weights": [1, 1, 1, 1]}, "another kind", "floats"),
        ({"masked_lm_weights": np.float32([np.nan] * P)}, "not finite", "1 "),
        ({"masked_lm_weights": np.float32([-1] * P)}, "below 0", "1 "),
    ],
)
def test_rows_that_do_not_fit_are_named(tmp_path, changes, got, expected):
    path = written(tmp_path, "changed", row=17, **changes)
    others = Folder(tmp_path, [3], prefix="other", seed=2)
    batches = batches_of([*others.paths, path], batch_size=8)
    batches.limit_ids(40000)
    error = refusal(batches)
    assert error.path == path
    assert "record 17, counted from 0," in error.problem
    assert got in error.got
    assert str(expected) in error.expected


@pytest.fixture(scope="module")
def tokens(golden_dir, tokenizers):
    path = golden_dir / "pretraining_data" / "corpus_a.txt"
    return {
        family: Tokens(
            pack(read_documents([path], tokenizer)),
            tokenizer,
            dataclasses.replace(BERT, family=family),
        )
        for family, tokenizer in tokenizers.items()
    }


def unmasked(tokens, folder, **changes):
    """Writes records without masks in three files; returns their paths."""
    paths = [str(folder / f"part{i}") for i in range(3)]
    bounds = np.linspace(0, len(tokens), 4).astype(int)
    for path, rows in zip(paths, itertools.pairwise(bounds), strict=True):
        write_records(
            tokens.table,
            np.arange(*rows),
            [path],
            record_format=RecordFormat(64, 10, **changes),
        )
    return paths


@pytest.mark.parametrize("family", ["bert", "albert"])
@pytest.mark.parametrize("padded", [True, False])
def test_masks_are_those_of_seed_epoch_and_record(
    tokens, tmp_path, family, padded
):
    tokens = tokens[family]
    paths = unmasked(tokens, tmp_path, padded=padded)
    batches = batches_of(
        paths, batch_size=7, seq=64, preds=12, seed=5, masker=tokens.masker
    )
    size = len(tokens)
    made = first(batches, 2 * size // 7 + 1)
    assert {name: x.dtype for name, x in made.items()} == FEATURES
    for epoch in range(2):
        part = {
            name: x[epoch * size : (epoch + 1) * size]
            for name, x in made.items()
        }
        expected = tokens.mask(seed=5, epoch=epoch)._asdict()
        for name, values in expected.items():
            width = 64 if name == "input_ids" else 12
            values = np.pad(values, ((0, 0), (0, width - values.shape[1])))
            np.testing.assert_array_equal(part[name], values[part["records"]])
        lengths = tokens.lengths[part["records"]]
        assert part["input_mask"].sum(axis=1).tolist() == lengths.tolist()


def test_two_epochs_have_other_masks_and_each_repeats(tokens, tmp_path):
    tokens = tokens["bert"]
    paths = unmasked(tokens, tmp_path)
    size = len(tokens)

    def epochs(seed):
        batches = batches_of(
            paths,
            batch_size=size,
            seq=64,
            preds=10,
            seed=seed,
            shuffle=False,
            masker=tokens.masker,
        )
        return first(batches, 2)["masked_lm_positions"].reshape(2, size, 10)

    made = epochs(1)
    np.testing.assert_array_equal(made, epochs(1))
    for one, other in ((made[0], made[1]), (made[0], epochs(2)[0])):
        assert np.mean((one != other).any(axis=1)) > 0.9


def test_held_out_masks_repeat(tokens, tmp_path):
    tokens = tokens["bert"]
    batches = batches_of(
        unmasked(tokens, tmp_path, gzip=True),
        batch_size=16,
        seq=64,
        preds=10,
        seed=3,
        masker=tokens.masker,
    )
    for _ in range(2):
        made = joined(batches.once())
        assert made["records"].tolist() == list(range(len(tokens)))
        check_equal(made, tokens.mask(seed=3, epoch=0)._asdict())


def test_masks_and_maskers_that_do_not_fit(tokens, tmp_path):
    tokens = tokens["bert"]
    folder = Folder(tmp_path, [3], prefix="masked")
    paths = unmasked(tokens, tmp_path)
    with pytest.raises(InputError, match="and no masks"):
        batches_of(folder.paths, masker=tokens.masker, preds=10)
    with pytest.raises(InputError, match=r"expected .*masked_lm_ids"):
        batches_of(paths, seq=64)
    with pytest.raises(InputError, match="got max_predictions_per_seq 9"):
        batches_of(paths, seq=64, preds=9, masker=tokens.masker)
    error = refusal(batches_of(paths, seq=20, preds=10, masker=tokens.masker))
    assert "expected at most 20" in str(error)
    assert error.path == paths[0]


@pytest.mark.parametrize("mask", [[0, 1, 1, 1], [1, 1, 0, 1]])
def test_masks_need_rows_without_holes(tokens, tmp_path, mask):
    changes = dict.fromkeys(
        ("masked_lm_positions", "masked_lm_ids", "masked_lm_weights")
    )
    for name in ("input_ids", "input_mask", "segment_ids", "token_boundary"):
        changes[name] = mask
    path = written(tmp_path, "holes", size=1, row=0, **changes)
    error = refusal(batches_of([path], preds=10, masker=tokens["bert"].masker))
    assert "padding between pieces" in error.got


def test_blocks_without_sentences(golden_dir, tokenizers, tmp_path):
    tokenizer = tokenizers["bert"]
    text = str(golden_dir / "pretraining_data" / "corpus_a.txt")
    options = BlockOptions(dupe_factor=1, block_size=32)
    blocks = read_piece_blocks(
        [FilePart(text)], line_encoder(tokenizer), size=options.num_pieces
    )
    table, order = create_block_instances(
        blocks, options, vocabulary_facts(tokenizer)
    )
    path = str(tmp_path / "blocks")
    write_records(
        table,
        order,
        [path],
        record_format=RecordFormat(32, options.num_predictions, padded=False),
    )
    made = joined(
        batches_of([path], seq=32, preds=options.num_predictions).once()
    )
    assert made.keys() == FEATURES.keys() - {"next_sentence_labels"}
    expected = read_examples(
        path, lengths=dict.fromkeys(("masked_lm_ids",), 30)
    )
    for name, values in expected.items():
        width = values.shape[1]
        np.testing.assert_array_equal(made[name][:, :width], values)
        assert not made[name][:, width:].any()
    weights = made["masked_lm_weights"]
    assert len(set(weights.sum(axis=1))) > 1


def test_it_comes_without_tensorflow():
    code = (
        "import sys, preprocessing.pretraining_batches;"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
