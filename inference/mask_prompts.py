"""Texts with [MASK] -> rows of ids, and the model's guesses for each mask.

As transformers' fill-mask does it: what stands between two masks is cut into
pieces by itself.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from foundation.errors import InputError
from inference.rows_in_order import Batch, StreamLimits, batch_of, run_in_order
from preprocessing.tokenization import Tokenizer

if TYPE_CHECKING:
    from inference.masked_lm import MaskedLm

MASK = "[MASK]"
# What people write in its place: other models' masks, blanks, small letters.
_LOOKALIKE = re.compile(
    r"[<\[({*#]+\s*mask\s*[>\])}*#]+|_{2,}|\bmask\b", re.IGNORECASE
)


@dataclasses.dataclass(frozen=True)
class MaskedRow:
    """A text with masks as the model gets it.

    Attributes:
      number: of the text, from 1.
      input_ids: int32 [n], [CLS] and [SEP] included.
      positions: int32 [P], where the masks are.
    """

    number: int
    input_ids: np.ndarray
    positions: np.ndarray


@dataclasses.dataclass(frozen=True)
class MaskGuess:
    """What the model puts in the place of one mask.

    Attributes:
      number: of the text, from 1.
      mask: of the text's masks, from 1.
      position: of the mask's piece in the row; [CLS] is 0.
      pieces: the likeliest first.
      ids: of the pieces.
      probabilities: of the pieces.
      entropy: of all probabilities, in nats.
    """

    number: int
    mask: int
    position: int
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    probabilities: tuple[float, ...]
    entropy: float


def read_prompt(
    text: str, number: int, *, tokenizer: Tokenizer, max_seq_length: int
) -> MaskedRow:
    """Returns the row of a text with masks.

    Args:
      text: has `MASK`, or the tokenizer's own spelling of it, at least once.
      number: of the text, from 1.
      tokenizer: of the model.
      max_seq_length: pieces of the row, at most.

    Raises:
      InputError: no mask, or another one's; too long. Of the text no more
        than what was taken for a mask is shown.
    """
    spelling = tokenizer.pieces([tokenizer.mask_id])[0]
    parts = re.split("|".join(map(re.escape, {MASK, spelling})), text)
    if len(parts) == 1:
        raise _no_mask(text)
    ids = [tokenizer.cls_id]
    positions = []
    for index, part in enumerate(parts):
        if index:
            positions.append(len(ids))
            ids.append(tokenizer.mask_id)
        ids += tokenizer.encode(part)
    ids.append(tokenizer.sep_id)
    if len(ids) > max_seq_length:
        raise InputError(
            "a text is too long for --max_seq_length",
            got=f"{len(ids)} pieces, [CLS] and [SEP] included",
            expected=f"at most {max_seq_length}",
            next_step="shorten it, or raise --max_seq_length",
        )
    return MaskedRow(
        number, np.array(ids, np.int32), np.array(positions, np.int32)
    )


def _no_mask(text: str) -> InputError:
    found = _LOOKALIKE.search(text)
    return InputError(
        "a text has no mask of this model",
        got=f"{found.group()[:20]!r}" if found else "none",
        expected=f"{MASK} in its place, in brackets and capitals",
        next_step=f"write {MASK} for the word to be guessed",
    )


def guess_masks(
    rows: Iterable[MaskedRow],
    model: MaskedLm,
    *,
    tokenizer: Tokenizer,
    top_k: int,
    limits: StreamLimits,
) -> Iterator[MaskGuess]:
    """Yields the guesses for each mask, in the order of the texts.

    Args:
      rows: of `read_prompt`.
      model: with its weights.
      tokenizer: knows the pieces.
      top_k: pieces of each mask.
      limits: how much is held at a time.
    """

    def run(chosen: Sequence[MaskedRow], length: int) -> list[list[MaskGuess]]:
        batch = _batch(chosen, length)
        found = model.guess(batch, top_k=top_k)
        return [
            [
                MaskGuess(
                    row.number,
                    mask + 1,
                    int(position),
                    tuple(tokenizer.pieces(found.ids[i, mask].tolist())),
                    tuple(found.ids[i, mask].tolist()),
                    tuple(found.probabilities[i, mask].tolist()),
                    float(found.entropies[i, mask]),
                )
                for mask, position in enumerate(row.positions)
            ]
            for i, row in enumerate(chosen)
        ]

    results = run_in_order(
        rows, run, length_of=lambda row: len(row.input_ids), limits=limits
    )
    for guesses in results:
        yield from guesses


def _batch(rows: Sequence[MaskedRow], length: int) -> Batch:
    """Returns features and positions; where a row has fewer masks, [CLS]."""
    ids = [row.input_ids for row in rows]
    batch = batch_of(ids, [np.zeros_like(i) for i in ids], length=length)
    width = max(len(row.positions) for row in rows)
    positions = np.zeros((len(batch["input_ids"]), width), np.int32)
    for i, row in enumerate(rows):
        positions[i, : len(row.positions)] = row.positions
    return {**batch, "positions": positions}
