import gzip
import re
import struct

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import tfrecord
from preprocessing.crc32c import masked_crc32c
from preprocessing.tfrecord import count_records, read_records

RECORDS = [b"one", b"", b"three " * 9, bytes(range(256))]


def framed(data):
    def checksum(part):
        return struct.pack("<I", masked_crc32c(np.frombuffer(part, np.uint8)))

    size = struct.pack("<Q", len(data))
    return size + checksum(size) + data + checksum(data)


FILE = b"".join(map(framed, RECORDS))
ENDS = np.cumsum([len(framed(r)) for r in RECORDS]).tolist()


@pytest.fixture
def read(tmp_path):
    """Reads a file of these bytes; what comes before an error is kept."""

    def _read(data):
        path = tmp_path / "part.tfrecord"
        path.write_bytes(data)
        records, error = [], None
        try:
            for record in read_records(str(path)):
                records.append(bytes(record))
        except InputError as refusal:
            error = refusal
        return records, error

    return _read


def index_in(error):
    return int(re.match(r"record (\d+), counted from 0", error.problem)[1])


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_reads_what_tensorflow_writes(tmp_path, compression):
    import tensorflow as tf

    path = str(tmp_path / "tf.tfrecord")
    with tf.io.TFRecordWriter(path, compression) as writer:
        for record in RECORDS:
            writer.write(record)
    assert [bytes(r) for r in read_records(path)] == RECORDS
    assert count_records(path) == len(RECORDS)
    if not compression:
        assert (tmp_path / "tf.tfrecord").read_bytes() == FILE


@pytest.mark.parametrize("block", [16, 17, 50, 1000])
def test_records_may_lie_across_blocks(read, monkeypatch, block):
    monkeypatch.setattr(tfrecord, "_BLOCK", block)
    monkeypatch.setattr(tfrecord, "_COMPRESSED_BLOCK", block)
    assert read(FILE) == (RECORDS, None)
    assert read(gzip.compress(FILE)) == (RECORDS, None)


def test_no_bytes_are_no_records(read):
    assert read(b"") == ([], None)
    assert read(gzip.compress(b"")) == ([], None)


def test_every_flipped_byte_is_found_in_its_record(read):
    for position in range(len(FILE)):
        data = bytearray(FILE)
        data[position] ^= 0x10
        records, error = read(data)
        index = sum(end <= position for end in ENDS)
        assert records == RECORDS[:index]
        assert index_in(error) == index
        assert "wrong checksum" in error.got
        assert "part.tfrecord" in str(error)


def test_every_cut_is_found_unless_between_two_records(read):
    for size in range(len(FILE)):
        records, error = read(FILE[:size])
        index = sum(end <= size for end in ENDS)
        assert records == RECORDS[:index]
        if size in (0, *ENDS):
            assert error is None  # only a manifest can know
        else:
            assert index_in(error) == index


def test_a_flipped_byte_of_a_gzip_file(read):
    whole = gzip.compress(FILE, mtime=0)
    harmless = 0
    for position in range(len(whole)):
        data = bytearray(whole)
        data[position] ^= 0x10
        records, error = read(bytes(data))
        if error is None:
            harmless += 1
            assert records == RECORDS
        else:
            assert index_in(error) == len(records)
        assert records == RECORDS[: len(records)]
    # Four bytes of the time, one of the level, one of the system.
    assert harmless <= 6


def test_a_cut_gzip_file(read):
    whole = gzip.compress(FILE, mtime=0)
    for size in range(3, len(whole)):
        records, error = read(whole[:size])
        assert index_in(error) == len(records)
        assert records == RECORDS[: len(records)]


def test_gzip_files_end_to_end_are_one(read):
    data = gzip.compress(FILE[: ENDS[1]]) + gzip.compress(FILE[ENDS[1] :])
    assert read(data) == (RECORDS, None)


def test_records_before_the_damage_in_a_gzip_file(read):
    records = [np.random.default_rng(i).bytes(2000) for i in range(40)]
    whole = gzip.compress(b"".join(map(framed, records)), mtime=0)
    data = bytearray(whole)
    data[len(data) // 2] ^= 0xFF
    found, error = read(bytes(data))
    assert found == records[: len(found)]
    assert index_in(error) == len(found) >= 15


def test_a_length_that_looks_like_gzip(read):
    record = bytes(0x088B1F)
    assert framed(record)[:3] == b"\x1f\x8b\x08"
    records, error = read(framed(record) + framed(b"x"))
    assert error is None
    assert list(map(len, records)) == [0x088B1F, 1]


def test_a_text_file_is_refused_without_its_text(read):
    records, error = read(b"a note about somebody, and nothing else\n")
    assert records == []
    assert index_in(error) == 0
    assert "somebody" not in str(error)


def test_no_file_and_a_folder(tmp_path):
    for path, got in ((tmp_path / "none", "nothing"), (tmp_path, "a folder")):
        with pytest.raises(InputError, match=f"got {got}"):
            count_records(str(path))


@pytest.mark.parametrize("block", [16, 50, 1000])
def test_reads_on_from_a_record(tmp_path, monkeypatch, block):
    monkeypatch.setattr(tfrecord, "_BLOCK", block)
    path = tmp_path / "part.tfrecord"
    for data in (FILE, gzip.compress(FILE)):
        path.write_bytes(data)
        for first in range(len(RECORDS) + 2):
            found = read_records(str(path), first=first)
            assert [bytes(r) for r in found] == RECORDS[first:]


def test_what_is_hopped_over_is_counted_and_its_contents_are_not_read(tmp_path):
    path = tmp_path / "part.tfrecord"
    for position in range(len(FILE)):
        data = bytearray(FILE)
        data[position] ^= 0x10
        path.write_bytes(data)
        index = sum(end <= position for end in ENDS)
        start = ([0, *ENDS])[index]
        for first in range(len(RECORDS) + 1):
            is_length = position - start < tfrecord.HEADER_BYTES
            if index < first and not is_length:
                found = read_records(str(path), first=first)
                assert [bytes(r) for r in found] == RECORDS[first:]
                continue
            with pytest.raises(InputError) as error:
                list(read_records(str(path), first=first))
            assert index_in(error.value) == index
