import dataclasses
import hashlib
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from foundation import files
from foundation.errors import InputError
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    read_examples,
    read_records,
    write_records,
)
from preprocessing.tfrecord_writer import RecordWriter, remove_leftovers
from tests.preprocessing.record_tables import random_features, table_of

CASES = ("albert_default", "bert_one_document", "albert_odd_lines")


@pytest.fixture(params=CASES)
def recorded(request, golden_dir):
    """The features of all records of a run of the originals."""
    folder = golden_dir / "pretraining_data"
    with np.load(folder / f"{request.param}.npz") as features:
        return dict(features)


@pytest.fixture
def paths(tmp_path):
    return [str(tmp_path / f"part{i}.tfrecord") for i in range(3)]


def format_of(features, **changes):
    return RecordFormat(
        features["input_ids"].shape[1],
        features["masked_lm_ids"].shape[1],
        **changes,
    )


def in_order(table):
    return np.arange(len(table.starts) - 1)


def serialized(row):
    """TensorFlow's deterministic bytes of one record's features."""
    import tensorflow as tf

    feature = {}
    for name, values in row.items():
        if values.dtype == np.float32:
            floats = tf.train.FloatList(value=values)
            feature[name] = tf.train.Feature(float_list=floats)
        else:
            ints = tf.train.Int64List(value=values)
            feature[name] = tf.train.Feature(int64_list=ints)
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return example.SerializeToString(deterministic=True)


def rows_of(features):
    names = list(features)
    return [
        dict(zip(names, values, strict=True))
        for values in zip(*features.values(), strict=True)
    ]


def check_bytes(features, table, paths, **changes):
    """Checks files against TensorFlow's bytes, and its own reader."""
    import tensorflow as tf

    order = in_order(table)[::-1]
    record_format = format_of(features, **changes)
    write_records(table, order, paths, record_format=record_format)
    expected = [serialized(row) for row in rows_of(features)][::-1]
    compression = "GZIP" if record_format.gzip else ""
    for number, path in enumerate(paths):
        part = expected[number :: len(paths)]
        assert [bytes(r) for r in read_records(path)] == part
        data = tf.data.TFRecordDataset(path, compression_type=compression)
        assert list(data.as_numpy_iterator()) == part


def test_recorded_features_give_tensorflows_bytes(recorded, paths):
    check_bytes(recorded, table_of(recorded), paths)


def test_recorded_features_are_read_back(recorded, paths):
    table = table_of(recorded)
    write_records(
        table, in_order(table), paths, record_format=format_of(recorded)
    )
    for number, path in enumerate(paths):
        read = read_examples(path)
        assert read.keys() == recorded.keys()
        for name, values in recorded.items():
            np.testing.assert_array_equal(read[name], values[number::3])
            assert read[name].dtype in (np.int64, np.float32)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["bert_512", "albert_nsp_permutation"])
def test_whole_recorded_runs(shared_dir, paths, name):
    folder = shared_dir / "golden" / "pretraining_data"
    with np.load(folder / f"{name}.npz") as file:
        features = dict(file)
    check_bytes(features, table_of(features), paths)


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize(
    ("sizes", "dtype"),
    [
        ({"seq": 1, "preds": 1}, np.uint16),
        ({"seq": 127, "preds": 0}, np.uint16),
        ({"seq": 128, "preds": 32, "vocab": 65536}, np.uint16),
        ({"seq": 600, "preds": 150, "vocab": 65537}, np.int32),
        ({"seq": 40, "preds": 9, "vocab": 2**28}, np.int32),
    ],
)
def test_any_size_gives_tensorflows_bytes(paths, gzip, sizes, dtype):
    features = random_features(40, **sizes)
    check_bytes(features, table_of(features, dtype), paths, gzip=gzip)


@pytest.mark.parametrize("masked_starts", [None, "as they were"])
@pytest.mark.parametrize(
    "absent",
    [
        ["token_boundary"],
        ["next_sentence_labels"],
        ["masked_lm_positions", "masked_lm_ids", "masked_lm_weights"],
        [*random_features(1)][3:],
    ],
)
def test_absent_columns_are_absent_features(paths, absent, masked_starts):
    features = random_features()
    table = table_of(features)
    record_format = format_of(features)
    for name in absent:
        features.pop(name)
        setattr(table, name, None)
    if masked_starts is None and table.masked_lm_ids is None:
        table.masked_starts = None
    write_records(
        table, in_order(table), paths[:1], record_format=record_format
    )
    records = [bytes(r) for r in read_records(paths[0])]
    assert records == [serialized(row) for row in rows_of(features)]
    lengths = feature_lengths(table, record_format)
    assert lengths == {n: v.shape[1] for n, v in sorted(features.items())}


def test_rows_without_padding(paths):
    features = random_features(30, seq=200, preds=40)
    table = table_of(features)
    record_format = format_of(features, padded=False)
    write_records(
        table, in_order(table), paths[:1], record_format=record_format
    )
    expected = []
    for row in rows_of(features):
        pieces = int(row["input_mask"].sum())
        predictions = int(row["masked_lm_weights"].sum())
        ends = dict.fromkeys(row, pieces) | {"next_sentence_labels": 1}
        for name in row:
            if name.startswith("masked_lm"):
                ends[name] = predictions
        expected.append(serialized({n: v[: ends[n]] for n, v in row.items()}))
    assert [bytes(r) for r in read_records(paths[0])] == expected
    lengths = feature_lengths(table, record_format)
    read = read_examples(paths[0], lengths=lengths)
    for name, values in features.items():
        np.testing.assert_array_equal(read[name], values, err_msg=name)


def test_arrays_on_disk_and_other_integers(tmp_path, paths):
    features = random_features()
    table = table_of(features)
    write_records(
        table, in_order(table), paths[:1], record_format=format_of(features)
    )
    for name, array in vars(table).items():
        file = np.memmap(tmp_path / name, array.dtype, "w+", shape=array.shape)
        file[:] = array
        setattr(
            table,
            name,
            np.memmap(tmp_path / name, array.dtype, "r", shape=array.shape),
        )
    order = in_order(table).astype(np.int32)
    write_records(table, order, paths[1:2], record_format=format_of(features))
    table.input_ids = table.input_ids.astype(np.int64)
    write_records(table, order, paths[2:], record_format=format_of(features))
    first, *others = map(files.read_bytes, paths)
    assert others == [first, first]


def test_what_is_returned_and_reported(paths):
    features = random_features(5000, seq=128, preds=20)
    table = table_of(features)
    order = np.random.default_rng(0).permutation(5000)
    calls = []
    written = write_records(
        table,
        order,
        paths,
        record_format=format_of(features),
        progress=lambda *done: calls.append(done),
    )
    assert len(calls) > 3
    assert np.sum(calls, axis=0).tolist() == [
        5000,
        sum(file.num_bytes for file in written),
    ]
    for file, path, num_records in zip(
        written, paths, [1667, 1667, 1666], strict=True
    ):
        data = files.read_bytes(path)
        assert file.path == path
        assert file.num_records == num_records
        assert file.num_bytes == len(data)
        assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert sorted(os.listdir(os.path.dirname(paths[0]))) == [
        os.path.basename(path) for path in paths
    ]


def test_two_runs_write_the_same_bytes(tmp_path, root_dir):
    program = (
        "import sys, numpy as np\n"
        "from preprocessing.records import RecordFormat, write_records\n"
        "from tests.preprocessing.record_tables import *\n"
        "table = table_of(random_features(500))\n"
        "for gzip in (False, True):\n"
        "    write_records(table, np.arange(500), [f'{sys.argv[1]}/{gzip}'],"
        " record_format=RecordFormat(16, 4, gzip=gzip))\n"
    )
    for seed in ("1", "2"):
        os.mkdir(tmp_path / seed)
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / seed)],
            cwd=root_dir,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
    for name in ("False", "True"):
        first, second = (
            (tmp_path / seed / name).read_bytes() for seed in ("1", "2")
        )
        assert first == second


def test_more_files_than_records(paths):
    features = random_features(2)
    table = table_of(features)
    written = write_records(
        table, in_order(table), paths, record_format=format_of(features)
    )
    assert [file.num_records for file in written] == [1, 1, 0]
    assert read_examples(paths[2]) == {}


KILLED = """
import os, signal, sys
import numpy as np
from preprocessing.records import RecordFormat, write_records
from tests.preprocessing.record_tables import *
table = table_of(random_features(4000, seq=128, preds=20))
calls = 0
def progress(records, bytes):
    global calls
    calls += 1
    if calls == 6:  # in the second of three files
        os.kill(os.getpid(), signal.SIGKILL)
write_records(table, np.arange(4000), sys.argv[1:],
              record_format=RecordFormat(128, 20), progress=progress)
"""


def test_a_kill_leaves_no_half_file_under_its_name(root_dir, tmp_path, paths):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *paths], cwd=root_dir, check=False
    )
    assert done.returncode == -signal.SIGKILL
    left = sorted(os.listdir(tmp_path))
    assert [name.split(".tmp-")[0] for name in left] == [
        "part0.tfrecord",
        "part1.tfrecord",
    ]
    assert all(".tmp-" in name for name in left)
    remove_leftovers(paths)
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_all_old_files_and_nothing_else(tmp_path):
    features = random_features()
    table = table_of(features)
    old = tmp_path / "part0"
    old.write_bytes(b"old")
    paths = [str(old), str(tmp_path / "no" / "part1")]
    with pytest.raises(InputError, match="cannot write the file"):
        write_records(
            table, in_order(table), paths, record_format=format_of(features)
        )
    assert old.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["part0"]


def test_a_full_disk(tmp_path, monkeypatch):
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    open_file = files.open_file
    monkeypatch.setattr(
        files, "open_file", lambda _, mode: open_file("/dev/full", mode)
    )
    path = str(tmp_path / "part")
    writer = RecordWriter(path)
    writer.write(np.zeros(99, np.uint8), num_records=1)
    with pytest.raises(InputError, match="No space left") as caught:
        writer.close()
    assert caught.value.path == path
    writer.discard()


def test_a_file_named_twice(paths):
    features = random_features()
    with pytest.raises(InputError, match="named twice") as caught:
        write_records(
            table_of(features),
            np.arange(20),
            [*paths, paths[1]],
            record_format=format_of(features),
        )
    assert caught.value.path == paths[1]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda t: t.starts.__setitem__(1, -1), "starts"),
        (lambda t: t.starts.__setitem__(-1, 9999), "starts"),
        (lambda t: setattr(t, "starts", t.starts[:-1]), "starts"),
        (lambda t: t.masked_starts.__setitem__(-1, 9999), "masked_starts"),
        (lambda t: setattr(t, "masked_starts", t.starts[:3]), "masked_starts"),
        (lambda t: t.segment_b.__setitem__(0, -1), "segment_b"),
        (lambda t: t.segment_b.__setitem__(0, 99), "segment_b"),
        (lambda t: t.next_sentence_labels.__setitem__(0, 2), "label"),
        (lambda t: setattr(t, "token_boundary", t.token_boundary[1:]), "bound"),
        (lambda t: t.token_boundary.__setitem__(0, 200), "boundary"),
        (lambda t: t.input_ids.__setitem__(0, -1), "ids"),
        (lambda t: t.masked_lm_ids.__setitem__(0, 2**28), "ids"),
        (
            lambda t: setattr(t, "masked_lm_positions", t.masked_lm_ids[1:]),
            "position",
        ),
    ],
)
def test_tables_that_cannot_be(paths, change, rule):
    features = random_features()
    table = table_of(features, np.int32)
    change(table)
    with pytest.raises(ValueError, match=rule):
        write_records(
            table, np.arange(20), paths, record_format=format_of(features)
        )
    assert not any(map(os.path.exists, paths))


def test_tables_that_do_not_fit(paths):
    features = random_features()
    table = table_of(features)
    good = format_of(features)
    for changes, order, words in (
        ({"max_seq_length": 15}, np.arange(20), "15 pieces a row"),
        ({"max_predictions_per_seq": 3}, np.arange(20), "3 predictions a row"),
        ({}, np.array([20]), "a table of 20"),
        ({}, np.array([-1]), "a table of 20"),
    ):
        with pytest.raises(ValueError, match=words):
            write_records(
                table,
                order,
                paths,
                record_format=dataclasses.replace(good, **changes),
            )


def write_framed(path, records):
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def test_other_writers_are_read(tmp_path):
    # Value before key, lists not packed, a negative number: all legal.
    ints = b"\x08\x05\x08" + b"\xff" * 9 + b"\x01"
    feature = b"\x1a" + bytes([len(ints)]) + ints
    entry = b"\x12" + bytes([len(feature)]) + feature + b"\x0a\x01x"
    floats = b"\x0d" + np.float32(0.5).tobytes()
    weights = b"\x12" + bytes([len(floats)]) + floats
    other = b"\x0a\x01w\x12" + bytes([len(weights)]) + weights
    entries = b"".join(
        b"\x0a" + bytes([len(part)]) + part for part in (entry, other)
    )
    record = b"\x0a" + bytes([len(entries)]) + entries
    write_framed(tmp_path / "f", [record, record])
    read = read_examples(str(tmp_path / "f"))
    assert read["x"].tolist() == [[5, -1], [5, -1]]
    assert read["w"].tolist() == [[0.5], [0.5]]


def test_records_that_are_something_else(tmp_path):
    import tensorflow as tf

    text = tf.train.Feature(
        bytes_list=tf.train.BytesList(value=[b"a private note"])
    )
    example = tf.train.Example(
        features=tf.train.Features(feature={"text": text})
    )
    good = serialized({"x": np.array([1])})
    path = str(tmp_path / "f")
    for bad in (example.SerializeToString(), b"private", good[:-1], b"\x0b"):
        write_framed(path, [good, bad])
        with pytest.raises(InputError, match=r"record 1, counted") as caught:
            read_examples(path)
        assert "private" not in str(caught.value)


def test_rows_that_do_not_go_together(tmp_path):
    path = str(tmp_path / "f")
    one = serialized({"x": np.array([1])})
    for other in (
        {"y": np.array([1])},
        {"x": np.array([1], np.float32)},
        {"x": np.array([1]), "y": np.array([1])},
    ):
        write_framed(path, [one, serialized(other)])
        with pytest.raises(InputError, match=r"record 1, .* record 0"):
            read_examples(path)
    write_framed(path, [one, serialized({"x": np.array([1, 2])})])
    assert read_examples(path)["x"].tolist() == [[1, 0], [1, 2]]
    with pytest.raises(InputError, match=r"record 1, .*2 values of x"):
        read_examples(path, lengths={"x": 1})


def test_an_empty_table(paths):
    features = {n: v[:0] for n, v in random_features().items()}
    table = table_of(features)
    assert isinstance(table, SimpleNamespace)
    written = write_records(
        table, in_order(table), paths[:1], record_format=RecordFormat(16, 4)
    )
    assert [file.num_bytes for file in written] == [0]
