import numpy as np
import pytest

from preprocessing.example_bytes import FEATURES
from preprocessing.example_decoding import decode_example
from preprocessing.example_rows import MAX_VALUE, RowError, decode_rows


def varint(value):
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def integers(values):
    data = b"".join(varint(value % (1 << 64)) for value in values)
    return field(3, field(1, data))


def floats(values):
    return field(2, field(1, np.array(values, "<f4").tobytes()))


def entry(name, feature):
    return field(1, field(1, name.encode()) + field(2, feature))


def example(**features):
    entries = [entry(name, feature) for name, feature in features.items()]
    return field(1, b"".join(entries))


def decode(*records, widths=None, **limits):
    return decode_rows(records, widths or {"input_ids": 4}, limits=limits)


def refusal(*records, **options):
    with pytest.raises(RowError) as error:
        decode(*records, **options)
    return error.value


def test_what_protobuf_writes():
    import tensorflow as tf

    random = np.random.default_rng(0)
    widths = dict.fromkeys(FEATURES, 9)
    records, expected = [], {name: [] for name in FEATURES}
    for _ in range(50):
        features = {"other": tf.train.Feature(bytes_list={"value": [b"x"]})}
        for name in random.permutation(FEATURES).tolist():
            size = random.integers(0, 10)
            if name == "masked_lm_weights":
                row = random.normal(size=size).astype(np.float32)
                feature = tf.train.Feature(float_list={"value": row})
            else:
                row = (2 ** random.uniform(0, 31, size)).astype(np.int64)
                feature = tf.train.Feature(int64_list={"value": row})
            features[name] = feature
            expected[name].append(row)
        one = tf.train.Example(features={"feature": features})
        records.append(one.SerializeToString())
    found = decode(*records, widths=widths)
    for name, rows in expected.items():
        is_float = name == "masked_lm_weights"
        kind = np.float32 if is_float else np.int32
        assert found.features[name].dtype == kind
        assert found.counts[name].tolist() == [len(row) for row in rows]
        for row, values in zip(rows, found.features[name], strict=True):
            padded = np.pad(row, (0, 9 - len(row)))
            np.testing.assert_array_equal(values, padded)


def test_lists_that_are_not_packed_and_features_that_come_twice():
    one_by_one = b"".join(b"\x08" + varint(value) for value in (3, 500, 7))
    found = decode(
        example(input_ids=field(3, one_by_one)),
        example(input_ids=field(3, field(1, b"\x01\x02") + one_by_one[:2])),
        field(
            1,
            entry("input_ids", integers([1, 2]))
            + entry("input_ids", integers([9])),
        ),
        example(input_ids=integers([1, 2]) + integers([8])),
        example(input_ids=b""),
        example(),
        b"",
    )
    rows = found.features["input_ids"]
    counts = found.counts["input_ids"]
    assert counts.tolist() == [3, 3, 1, 1, 0, -1, -1]
    assert [
        row[: max(count, 0)].tolist()
        for row, count in zip(rows, counts, strict=True)
    ] == [[3, 500, 7], [1, 2, 3], [9], [8], [], [], []]
    weights = field(
        2, b"".join(b"\x0d" + np.float32(x).tobytes() for x in (0.5, -1))
    )
    found = decode(
        example(masked_lm_weights=weights), widths={"masked_lm_weights": 3}
    )
    assert found.features["masked_lm_weights"].tolist() == [[0.5, -1, 0]]


def test_too_many_values():
    fine = example(input_ids=integers([1, 2, 3, 4]))
    error = refusal(fine, example(input_ids=integers(range(300))))
    assert (error.row, error.got, error.expected) == (
        1,
        "300 values of input_ids",
        "at most 4",
    )


@pytest.mark.parametrize("value", [-1, 10, MAX_VALUE + 1, 1 << 32, -(1 << 63)])
def test_values_that_are_out_of_range(value):
    fine = example(input_ids=integers([0, 9]))
    assert decode(fine, input_ids=9).features["input_ids"][0, 1] == 9
    error = refusal(fine, example(input_ids=integers([value])), input_ids=9)
    assert error.row == 1
    assert error.got == "a value of input_ids that is out of range"
    assert error.expected == "0 to 9"


@pytest.mark.parametrize("feature", [floats([1]), field(1, field(1, b"text"))])
def test_lists_of_another_kind(feature):
    error = refusal(example(input_ids=feature))
    assert error.got == "input_ids of another kind"
    assert error.expected == "a list of integers"


def test_changed_bytes_are_read_as_the_plain_reader_reads_them():
    widths = dict.fromkeys(FEATURES, 20)
    record = example(
        input_ids=integers([1, 300, 70000]), masked_lm_weights=floats([1, 2])
    )
    random = np.random.default_rng(0)
    num_equal = num_refused = 0
    for _ in range(2000):
        data = bytearray(record)
        for position in random.integers(0, len(data), random.integers(1, 3)):
            data[position] ^= 1 << random.integers(0, 8)
        if random.random() < 0.2:
            del data[random.integers(0, len(data)) :]
        try:
            expected = decode_example(memoryview(bytes(data)))
        except (ValueError, UnicodeDecodeError):
            expected = None
        try:
            found = decode(bytes(data), widths=widths)
        except RowError:
            num_refused += 1
            continue
        if expected is None:  # what is wrong is in what is passed over
            continue
        for name in FEATURES:
            count = found.counts[name][0]
            assert (count >= 0) == (name in expected)
            if count >= 0:
                values = found.features[name][0, :count]
                np.testing.assert_array_equal(values, expected[name])
                num_equal += 1
    assert num_equal > 100
    assert num_refused > 100


@pytest.mark.parametrize("record", [b"\xff" * 30, b"\x0a\x7f", b"a note"])
def test_bytes_that_are_no_example(record):
    error = refusal(b"", record)
    assert error.row == 1
    assert error.expected == "a tf.train.Example"
