import itertools
import pathlib
import re

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import record_stream, tfrecord
from preprocessing.record_order import RecordOrder
from preprocessing.record_set import open_record_set
from preprocessing.record_stream import RecordStream
from preprocessing.tfrecord import read_records
from tests.preprocessing.record_folders import Folder, damage

COUNTS = [9, 1, 14, 6]
SIZE = sum(COUNTS)


def stream_of(record_set, batch_size, *, seed=1, shuffle=True, block_records=8):
    order = RecordOrder(
        [file.num_records for file in record_set.files],
        seed=seed,
        shuffle=shuffle,
        block_records=block_records,
    )
    return RecordStream(record_set, order, batch_size=batch_size)


def rows(batches):
    return [
        (int(epoch), int(record), bytes(data))
        for batch in batches
        for data, record, epoch in zip(*batch, strict=True)
    ]


@pytest.fixture(params=[False, True], ids=["plain", "gzip"])
def folder(request, tmp_path):
    return Folder(tmp_path, COUNTS, gzip=request.param)


@pytest.fixture
def contents(folder):
    return [
        bytes(record) for path in folder.paths for record in read_records(path)
    ]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", [1, 4, 7, 30, 64])
def test_every_record_once_an_epoch(folder, contents, batch_size, shuffle):
    stream = stream_of(
        open_record_set(folder.paths), batch_size, shuffle=shuffle
    )
    batches = list(
        itertools.islice(stream.from_batch(0), 2 * SIZE // batch_size + 1)
    )
    assert {len(batch.serialized) for batch in batches} == {batch_size}
    found = rows(batches)
    for epoch in range(2):
        part = sorted(found[epoch * SIZE : (epoch + 1) * SIZE])
        assert part == [(epoch, i, data) for i, data in enumerate(contents)]
    if not shuffle:
        assert [record for _, record, _ in found] == (
            np.arange(len(found)) % SIZE
        ).tolist()


def test_from_any_batch_it_is_the_same_stream(folder, monkeypatch):
    # Records lie across what is read at a time.
    monkeypatch.setattr(tfrecord, "_BLOCK", 700)
    record_set = open_record_set(folder.paths)
    whole = rows(itertools.islice(stream_of(record_set, 4).from_batch(0), 24))
    for start in range(20):
        part = stream_of(record_set, 4).from_batch(start)
        assert (
            rows(itertools.islice(part, 3))
            == (whole[4 * start : 4 * start + 12])
        )


def test_only_the_files_needed_are_opened(folder, monkeypatch):
    record_set = open_record_set(folder.paths)
    opened = []

    def read(path, *, first):
        opened.append((path, first))
        return read_records(path, first=first)

    monkeypatch.setattr(record_stream, "read_records", read)
    stream = stream_of(record_set, 1, shuffle=False, block_records=4)
    batches = stream.from_batch(9 + 1 + 4)
    next(batches)
    # Record 14 is in the block that starts with record 12, the file's third.
    assert opened == [(folder.paths[2], 2)]
    batches.close()


def test_once(folder, contents):
    record_set = open_record_set(folder.paths)
    stream = stream_of(record_set, 8, shuffle=False)
    batches = list(stream.once())
    assert [len(batch.serialized) for batch in batches] == [8, 8, 8, 6]
    assert rows(batches) == [(0, i, data) for i, data in enumerate(contents)]


@pytest.mark.parametrize("start", [0, 2])
def test_a_damaged_record_is_named(tmp_path, start):
    folder = Folder(tmp_path, COUNTS)
    record_set = open_record_set(folder.paths)
    damage(folder.paths[2])
    batches = stream_of(record_set, 4, shuffle=False).from_batch(start)
    with pytest.raises(InputError) as error:
        rows(itertools.islice(batches, 20))
    assert error.value.path == folder.paths[2]
    assert re.match("record 13, counted from 0,", error.value.problem)


@pytest.mark.parametrize("index", [0, 3])
@pytest.mark.parametrize("start", [0, 5])
def test_more_or_fewer_records_than_known(tmp_path, index, start):
    folder = Folder(tmp_path, COUNTS)
    record_set = open_record_set(folder.paths)
    path = pathlib.Path(folder.paths[index])
    whole = path.read_bytes()
    record = next(iter(read_records(str(path))))
    first = 16 + len(record)
    for data, got in (
        (whole + whole[:first], "more records"),
        (whole[first:], f"end of the file before record {COUNTS[index] - 1}"),
        (b"", "end of the file before record"),
    ):
        path.write_bytes(data)
        with pytest.raises(InputError, match=got) as error:
            rows(
                itertools.islice(stream_of(record_set, 4).from_batch(start), 20)
            )
        assert error.value.path == str(path)
        assert f"{COUNTS[index]} records" in error.value.expected


def test_a_missing_file(folder):
    record_set = open_record_set(folder.paths)
    pathlib.Path(folder.paths[1]).unlink()
    with pytest.raises(InputError, match="no such record file"):
        rows(itertools.islice(stream_of(record_set, 4).from_batch(0), 20))


def test_remote_files(tmp_path):
    import tensorflow as tf

    folder = Folder(tmp_path, COUNTS)
    remote = [f"ram://stream/{i}" for i in range(len(COUNTS))]
    for path, copy in zip(folder.paths, remote, strict=True):
        tf.io.gfile.copy(path, copy)
    here, there = (
        stream_of(open_record_set(paths), 4) for paths in (folder.paths, remote)
    )
    for start in (0, 5):
        found = rows(itertools.islice(there.from_batch(start), 10))
        assert found == rows(itertools.islice(here.from_batch(start), 10))


def test_no_more_than_a_block_is_held(tmp_path, monkeypatch):
    folder = Folder(tmp_path, [200])
    record_set = open_record_set(folder.paths)
    ahead = 0
    most = 0

    def read(path, *, first):
        nonlocal ahead, most
        for record in read_records(path, first=first):
            ahead += 1
            most = max(most, ahead)
            yield record

    monkeypatch.setattr(record_stream, "read_records", read)
    stream = stream_of(record_set, 4, block_records=16)
    for batch in itertools.islice(stream.from_batch(0), 45):
        ahead -= len(batch.serialized)
    # The last record of a file is read before the one before is given.
    assert most <= 16 + 4 + 1


def test_no_batch_size(folder):
    with pytest.raises(ValueError, match="got batches of 0"):
        stream_of(open_record_set(folder.paths), 0)
