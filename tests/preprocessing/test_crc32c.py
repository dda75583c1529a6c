import numpy as np
import pytest

from preprocessing.crc32c import crc32c, masked_crc32c, reference_crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        # RFC 3720, appendix B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_values(data, expected):
    assert reference_crc32c(data) == expected
    assert crc32c(np.frombuffer(data, np.uint8)) == expected


def test_every_length_and_start_as_the_definition():
    data = np.random.default_rng(0).integers(0, 256, 120, np.uint8)
    for start in (0, 1, 7):
        for end in range(start, 120):
            part = data[start:end]
            assert crc32c(part) == reference_crc32c(part.tobytes())


def test_the_masked_form():
    # TensorFlow, core/lib/hash/crc32c_test.cc: Mask changes the value, and
    # ((crc >> 15) | (crc << 17)) + 0xa282ead8 is undone by its inverse.
    data = np.frombuffer(b"foo", np.uint8)
    masked = int(masked_crc32c(data))
    turned = (masked - 0xA282EAD8) % 2**32
    crc = (turned >> 17 | turned << 15) % 2**32
    assert crc == reference_crc32c(b"foo") != masked
