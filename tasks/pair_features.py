"""One text, or a pair of texts, to a row of ids: [CLS] a [SEP] (b [SEP]).

After google-research/bert `run_classifier.py` (convert_single_example,
_truncate_seq_pair).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.tokenization import Tokenizer

Ints = npt.NDArray[np.int32]
_SPECIAL_OF_ONE, _SPECIAL_OF_TWO = 2, 3  # [CLS] and [SEP]s


@dataclass(frozen=True)
class PairFeatures:
    """One row, unpadded; int32 [n].

    Attributes:
      input_ids: [CLS], the pieces of a, [SEP], those of b, [SEP].
      segment_ids: 0 up to the first [SEP], 1 after it.
      num_cut: pieces that had no room.
    """

    input_ids: Ints
    segment_ids: Ints
    num_cut: int


def featurize_pair(
    a: Sequence[int],
    b: Sequence[int],
    *,
    tokenizer: Tokenizer,
    max_seq_length: int,
) -> PairFeatures:
    """Puts the pieces of one or two texts into a row.

    Args:
      a: ids of the first text.
      b: ids of the second; without any it counts as not given, as in the
        original.
      tokenizer: knows the special pieces.
      max_seq_length: longest row, at least 3, with b at least 5.
    """
    special = _SPECIAL_OF_TWO if len(b) else _SPECIAL_OF_ONE
    room = max_seq_length - special
    kept_a, kept_b = kept_of_pair(len(a), len(b), room=room)
    first = [tokenizer.cls_id, *a[:kept_a], tokenizer.sep_id]
    second = [*b[:kept_b], tokenizer.sep_id] if len(b) else []
    return PairFeatures(
        input_ids=np.array([*first, *second], np.int32),
        segment_ids=np.repeat(
            np.array([0, 1], np.int32), [len(first), len(second)]
        ),
        num_cut=len(a) + len(b) - kept_a - kept_b,
    )


def kept_of_pair(len_a: int, len_b: int, *, room: int) -> tuple[int, int]:
    """Returns how many pieces of each text stay.

    The original takes one piece after the other from the end of the longer
    text, of b where both are as long. So the longer is cut down to the
    shorter, and then both in turn, b first.
    """
    excess = len_a + len_b - room
    if excess <= 0:
        return len_a, len_b
    if excess <= len_a - len_b:
        return len_a - excess, len_b
    if excess <= len_b - len_a:
        return len_a, len_b - excess
    return room - room // 2, room // 2
