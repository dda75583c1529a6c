import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from preprocessing.dynamic_masking import TokenRows
from preprocessing.instances import InstanceOptions
from preprocessing.masked_dataset import (
    BatchMasker,
    TokenRecords,
    masked_batches,
    numbered_records,
)
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    read_examples,
    write_records,
)
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.preprocessing.pretraining_cases import pack, read_documents
from tests.preprocessing.token_rows import Tokens

BERT = InstanceOptions(
    family="bert",
    max_seq_length=64,
    max_predictions_per_seq=10,
    dupe_factor=2,
    do_whole_word_mask=True,
)
ALBERT = dataclasses.replace(BERT, family="albert")
S, P = 64, 10


class Written:
    """Records without masks in three files."""

    def __init__(self, tokens, folder, **changes):
        record_format = RecordFormat(S, P, **changes)
        self.paths = [str(folder / f"part{i}") for i in range(3)]
        written = write_records(
            tokens.table,
            np.arange(len(tokens)),
            self.paths,
            record_format=record_format,
        )
        self.masker = tokens.masker
        self.records = TokenRecords(
            {file.path: file.num_records for file in written},
            feature_lengths(tokens.table, record_format),
            gzip=record_format.gzip,
        )
        self.examples = {}
        parts = [
            read_examples(path, lengths={"input_ids": S, "segment_ids": S})
            for path in self.paths
        ]
        for name in parts[0]:
            size = 1 if name == "next_sentence_labels" else S
            self.examples[name] = np.concatenate(
                [
                    np.pad(
                        part[name], ((0, 0), (0, size - part[name].shape[1]))
                    )
                    for part in parts
                ]
            )

    def __len__(self):
        return len(self.examples["input_ids"])

    def batches(self, batch_size=16, *, seed=1, epoch=0, **options):
        return masked_batches(
            self.records,
            self.masker,
            batch_size=batch_size,
            seed=seed,
            epoch=epoch,
            **options,
        )

    def expected(self, *, seed=1, epoch=0):
        """All features, masked without tf.data."""
        rows = TokenRows.of_padded(
            self.examples["input_ids"],
            self.examples["input_mask"].sum(axis=1),
            token_boundary=self.examples.get("token_boundary"),
        )
        made = self.masker.mask(
            rows, np.arange(len(self)), seed=seed, epoch=epoch
        )
        return {**self.examples, **made._asdict()}


@pytest.fixture(scope="module")
def tokens(golden_dir):
    folder = golden_dir / "tokenization"
    path = golden_dir / "pretraining_data" / "corpus_a.txt"
    vocabulary = str(folder / "vocab_uncased_2k.txt")
    model = str(folder / "spm_2k.model")
    tokenizers = {
        BERT: load_wordpiece(vocabulary, lower_case=True),
        ALBERT: load_sentencepiece(model, lower_case=True),
    }
    return {
        options.family: Tokens(
            pack(read_documents([path], tokenizer)), tokenizer, options
        )
        for options, tokenizer in tokenizers.items()
    }


def joined(batches):
    parts = list(batches.as_numpy_iterator())
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }


def check_equal(made, expected):
    assert made.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(made[name], values, err_msg=name)


@pytest.mark.parametrize("family", ["bert", "albert"])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("gzip", [True, False])
def test_an_epoch(tokens, tmp_path, family, padded, gzip):
    written = Written(tokens[family], tmp_path, padded=padded, gzip=gzip)
    made = joined(written.batches(epoch=2, seed=5))
    check_equal(made, written.expected(epoch=2, seed=5))
    types = {name: values.dtype for name, values in made.items()}
    assert types.pop("masked_lm_weights") == np.float32
    assert set(types.values()) == {np.dtype(np.int32)}


def test_batches_do_not_matter(tokens, tmp_path):
    written = Written(tokens["bert"], tmp_path)
    expected = joined(written.batches())
    check_equal(joined(written.batches(7)), expected)
    other = joined(written.batches(epoch=1))["masked_lm_positions"]
    same = (other == expected["masked_lm_positions"]).all(axis=1)
    assert same.mean() < 0.1
    check_equal(joined(written.batches()), expected)


def test_records_can_be_shuffled(tokens, tmp_path):
    written = Written(tokens["bert"], tmp_path)
    made = joined(
        written.batches(arrange=lambda data: data.shuffle(1000, seed=3))
    )
    expected = written.expected()

    def keys(features):
        pairs = features["masked_lm_ids"], features["input_ids"]
        return [one.tobytes() for one in np.concatenate(pairs, axis=1)]

    place = {key: i for i, key in enumerate(keys(expected))}
    order = [place[key] for key in keys(made)]
    assert sorted(order) == list(range(len(written)))
    assert order != sorted(order)
    check_equal(made, {k: values[order] for k, values in expected.items()})


def test_shapes_are_static(tokens, tmp_path):
    written = Written(tokens["albert"], tmp_path, padded=False)
    spec = written.batches(16, drop_remainder=True).element_spec
    shapes = {name: tuple(one.shape) for name, one in spec.items()}
    assert shapes == {
        "input_ids": (16, S),
        "input_mask": (16, S),
        "segment_ids": (16, S),
        "token_boundary": (16, S),
        "next_sentence_labels": (16, 1),
        "masked_lm_positions": (16, P),
        "masked_lm_ids": (16, P),
        "masked_lm_weights": (16, P),
    }
    made = joined(written.batches(16, drop_remainder=True))
    assert len(made["input_ids"]) == len(written) // 16 * 16 < len(written)


def test_epochs_of_each_record_and_shorter_batches(tokens, tmp_path):
    import tensorflow as tf

    written = Written(tokens["bert"], tmp_path)
    mask = BatchMasker(
        written.records.features, written.masker, seed=1, seq_length=60
    )
    lengths = written.examples["input_mask"].sum(axis=1)
    short = np.flatnonzero(lengths <= 60)
    data = list(numbered_records(written.records).as_numpy_iterator())
    assert [index for index, _ in data] == list(range(len(written)))
    epochs = np.arange(len(short)) % 3
    batch = mask(short, epochs, tf.constant([data[i][1] for i in short]))
    for epoch in range(3):
        rows = epochs == epoch
        expected = written.expected(epoch=epoch)
        for name, values in expected.items():
            np.testing.assert_array_equal(
                batch[name].numpy()[rows], values[short[rows]][:, :60]
            )


@pytest.mark.parametrize("difference", [-1, 1])
def test_files_with_other_records(tokens, tmp_path, difference):
    import tensorflow as tf

    written = Written(tokens["bert"], tmp_path)
    counts = dict(written.records.files)
    counts[written.paths[1]] += difference
    records = dataclasses.replace(written.records, files=counts)
    with pytest.raises(tf.errors.FailedPreconditionError):
        list(numbered_records(records))


def test_rows_that_are_too_long(tokens, tmp_path):
    written = Written(tokens["bert"], tmp_path)
    mask = BatchMasker(
        written.records.features, written.masker, seed=1, seq_length=20
    )
    _, record = next(iter(numbered_records(written.records)))
    with pytest.raises(ValueError, match="0 to 20"):
        mask([0], 0, record[None])


def test_masks_come_without_tensorflow():
    code = (
        "import sys, preprocessing.masked_dataset, preprocessing.mlm_blocks;"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
