"""How well a model guesses the pieces of a text, each masked in its turn.

The pseudo-log-likelihood of Salazar et al. 2020 ("Masked Language Model
Scoring"), per piece: the mean of -ln p(piece | all the others of its row), and
its exponential.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from inference.rows_in_order import StreamLimits, batch_of, run_in_order
from preprocessing.tokenization import Tokenizer

if TYPE_CHECKING:
    from inference.masked_lm import MaskedLm

RANDOM_SHARE = 0.02  # within it of ln V, a head has learned nothing


class HiddenPiece(NamedTuple):
    """A row in which one piece is to be guessed.

    Attributes:
      input_ids: int32 [n], [CLS] and [SEP] included, the piece masked.
      position: of the mask.
      piece: the id that stood there.
    """

    input_ids: np.ndarray
    position: int
    piece: int


@dataclasses.dataclass(frozen=True)
class TextSize:
    """What a text has to be guessed.

    Attributes:
      num_lines: lines, empty ones too.
      num_empty: lines without pieces.
      num_pieces: of all lines.
    """

    num_lines: int
    num_empty: int
    num_pieces: int


@dataclasses.dataclass(frozen=True)
class Score:
    """What the guesses come to.

    Attributes:
      num_scored: pieces that were guessed.
      loss: mean of -ln p, in nats.
      loss_error: standard error of that mean; NaN for a single piece.
      accuracy: share of pieces that were the likeliest.
    """

    num_scored: int
    loss: float
    loss_error: float
    accuracy: float

    @property
    def perplexity(self) -> float:
        """Returns e to the loss."""
        return math.exp(self.loss)

    @property
    def perplexity_error(self) -> float:
        """Returns the standard error of the perplexity, to first order."""
        return self.perplexity * self.loss_error

    def looks_random(self, vocab_size: int) -> bool:
        """Returns whether guessing at random would do as well."""
        return self.loss >= (1 - RANDOM_SHARE) * math.log(vocab_size)


def measure_text(lines: Iterable[str], *, tokenizer: Tokenizer) -> TextSize:
    """Counts the pieces of lines."""
    num_lines = num_empty = num_pieces = 0
    for line in lines:
        number = len(tokenizer.encode(line))
        num_lines += 1
        num_empty += not number
        num_pieces += number
    return TextSize(num_lines, num_empty, num_pieces)


def choose_pieces(
    num_pieces: int, *, max_positions: int | None, seed: int
) -> list[int] | None:
    """Returns which pieces are guessed, in order; None = all of them."""
    if max_positions is None or max_positions >= num_pieces:
        return None
    rng = random.Random(seed)
    return sorted(rng.sample(range(num_pieces), max_positions))


def hidden_pieces(
    lines: Iterable[str],
    *,
    tokenizer: Tokenizer,
    max_seq_length: int,
    chosen: Sequence[int] | None,
) -> Iterator[HiddenPiece]:
    """Yields a row for each piece that is guessed.

    A line that is longer than a row is cut into rows that follow each other,
    about equally long; every piece is in one of them.

    Args:
      lines: of the text; the same as were measured.
      tokenizer: of the model.
      max_seq_length: pieces of a row, [CLS] and [SEP] included.
      chosen: of `choose_pieces`.
    """
    first, last = [tokenizer.cls_id], [tokenizer.sep_id]
    wanted = None if chosen is None else iter(chosen)
    following = None if wanted is None else next(wanted, None)
    number = 0  # of the piece, in the whole text
    for line in lines:
        if wanted is not None and following is None:
            return
        for part in _parts(tokenizer.encode(line), max_seq_length - 2):
            row = np.array([*first, *part, *last], np.int32)
            for place, piece in enumerate(part, start=1):
                if wanted is None or number == following:
                    masked = row.copy()
                    masked[place] = tokenizer.mask_id
                    yield HiddenPiece(masked, place, piece)
                    following = None if wanted is None else next(wanted, None)
                number += 1


def _parts(ids: Sequence[int], room: int) -> Iterator[Sequence[int]]:
    count = -(-len(ids) // room)
    for part in range(count):
        yield ids[len(ids) * part // count : len(ids) * (part + 1) // count]


def score_pieces(
    hidden: Iterable[HiddenPiece],
    model: MaskedLm,
    *,
    limits: StreamLimits,
    advance: Callable[[int], object],
) -> Score:
    """Returns the score of the model's guesses.

    Args:
      hidden: one piece at least.
      model: with its weights.
      limits: how much is held at a time.
      advance: called with the number of pieces guessed since last time.
    """

    def run(
        chosen: Sequence[HiddenPiece], length: int
    ) -> list[tuple[float, bool]]:
        ids = [row.input_ids for row in chosen]
        batch = batch_of(ids, [np.zeros_like(i) for i in ids], length=length)
        fill = np.minimum(np.arange(len(batch["input_ids"])), len(ids) - 1)
        positions = np.array([row.position for row in chosen], np.int32)[fill]
        pieces = np.array([row.piece for row in chosen], np.int32)[fill]
        batch["positions"] = positions[:, np.newaxis]
        losses, is_best = model.losses(batch, pieces)
        found = zip(losses.tolist(), is_best.tolist(), strict=True)
        return list(found)[: len(ids)]

    results = run_in_order(
        hidden, run, length_of=lambda row: len(row.input_ids), limits=limits
    )
    count = num_right = 0
    mean = spread = 0.0  # by Welford's rule: no sum of squares to cancel
    for loss, is_best in results:
        count += 1
        num_right += is_best
        change = loss - mean
        mean += change / count
        spread += change * (loss - mean)
        advance(1)
    error = math.sqrt(spread / (count - 1) / count) if count > 1 else math.nan
    return Score(count, mean, error, num_right / count)
