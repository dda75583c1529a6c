import dataclasses

import pytest

from foundation.errors import InputError
from preprocessing.block_options import BlockOptions

OPTIONS = BlockOptions(dupe_factor=2)


def test_sizes():
    assert OPTIONS.block_size == OPTIONS.max_seq_length == 512
    assert OPTIONS.num_pieces == OPTIONS.num_predictions == 510


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("block_size", 2),
        ("block_size", 16_001),
        ("masked_lm_prob", 1.5),
        ("masked_lm_prob", -0.1),
        ("dupe_factor", 0),
    ],
)
def test_values_that_cannot_be(flag, value):
    with pytest.raises(InputError, match=f"--{flag}"):
        dataclasses.replace(OPTIONS, **{flag: value})


def test_equal_copies_are_refused():
    with pytest.raises(InputError, match="dupe_factor=2"):
        dataclasses.replace(OPTIONS, draw_masks=False)
    assert not BlockOptions(dupe_factor=1, draw_masks=False).predicts
