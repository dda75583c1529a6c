"""What a masked-LM head guesses, and how well, as tables and as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from inference.mask_prompts import MaskGuess
from inference.pseudo_perplexity import RANDOM_SHARE, Score, TextSize

_HEADER = ("text", "mask", "rank", "probability", "piece")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoredText:
    """A text and what the guesses at it come to.

    Attributes:
      path: the file.
      size: of all of it.
      score: of the pieces that were guessed.
      seed: of their draw; None = all were guessed.
    """

    path: str
    size: TextSize
    score: Score
    seed: int | None


def guess_table(guesses: Sequence[MaskGuess]) -> str:
    """Returns a table of the guesses for each mask; shows none of the text."""
    rows = [_HEADER]
    for guess in guesses:
        for rank, (piece, probability) in enumerate(
            zip(guess.pieces, guess.probabilities, strict=True), start=1
        ):
            place = (str(guess.number), str(guess.mask), str(rank))
            rows.append((*place, f"{probability:.6f}", piece))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join([*map(str.rjust, row[:4], widths), row[4]]) for row in rows
    ]
    return "\n".join(lines) + "\n"


def score_table(text: ScoredText, *, vocab_size: int) -> str:
    """Returns a table of a text's numbers; shows none of the text."""
    size, score = text.size, text.score
    drawn = "all" if text.seed is None else f"drawn with seed {text.seed}"
    values = {
        "held-out file": text.path,
        "lines": f"{size.num_lines} ({size.num_empty} without pieces)",
        "pieces": str(size.num_pieces),
        "pieces guessed": f"{score.num_scored} ({drawn})",
        "loss": f"{score.loss:.4f} +- {score.loss_error:.4f}",
        "pseudo-perplexity": f"{score.perplexity:.3f} +- "
        f"{score.perplexity_error:.3f}",
        "right at rank 1": f"{score.accuracy:.2%}",
        "loss by chance": f"{math.log(vocab_size):.4f} (ln {vocab_size})",
    }
    width = max(map(len, values))
    lines = [f"{name:{width}}  {value}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def looks_random(
    guesses: Sequence[MaskGuess],
    text: ScoredText | None,
    *,
    vocab_size: int,
) -> bool:
    """Returns whether the head seems to have learned nothing.

    Its loss is within 2 % of ln V, or worse; without a held-out text, the
    entropy of its guesses is.
    """
    if text is not None:
        return text.score.looks_random(vocab_size)
    mean = sum(g.entropy for g in guesses) / len(guesses)
    return mean >= (1 - RANDOM_SHARE) * math.log(vocab_size)


def as_json(
    guesses: Sequence[MaskGuess], text: ScoredText | None
) -> dict[str, Any]:
    """Returns the results as values of JSON; of texts, their numbers alone."""
    values: dict[str, Any] = {
        "guesses": [
            {
                "text": guess.number,
                "mask": guess.mask,
                "position": guess.position,
                "entropy": guess.entropy,
                "pieces": [
                    {"piece": piece, "id": number, "probability": probability}
                    for piece, number, probability in zip(
                        guess.pieces,
                        guess.ids,
                        guess.probabilities,
                        strict=True,
                    )
                ],
            }
            for guess in guesses
        ]
    }
    if text is None:
        return values
    score = text.score
    is_known = score.num_scored > 1  # one piece has no standard error
    values["held_out"] = {
        "file": text.path,
        **dataclasses.asdict(text.size),
        "num_scored": score.num_scored,
        "seed": text.seed,
        "loss": score.loss,
        "loss_error": score.loss_error if is_known else None,
        "pseudo_perplexity": score.perplexity,
        "pseudo_perplexity_error": score.perplexity_error if is_known else None,
        "accuracy": score.accuracy,
    }
    return values
