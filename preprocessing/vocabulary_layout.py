"""Learned pieces -> the lines of vocab.txt: special and unused ones in place.

A piece's id is its line, counted from 0. Programs have [UNK] 100, [CLS] 101,
[SEP] 102 and [MASK] 103 written into them, which is where Google's layouts put
them; SciBERT's has them one further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import InputError

_AFTER_UNUSED = ("[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True)
class Layout:
    """Where the special pieces of a published vocabulary are.

    Attributes:
      num_published: [unused] pieces there.
      num_before: of these, how many come before [UNK]; further ones come
        behind [MASK].
      first_number: in the name of the first of them.
    """

    num_published: int
    num_before: int
    first_number: int


LAYOUTS = {
    "cased": Layout(101, 99, 1),  # cased_L-12_H-768_A-12, BioBERT
    "uncased": Layout(994, 99, 0),  # uncased_L-12_H-768_A-12, BlueBERT
    "scivocab": Layout(100, 100, 0),  # scibert_scivocab_uncased
}


def special_pieces(layout: str, num_unused: int | None = None) -> list[str]:
    """Returns the pieces that come before the learned ones.

    Args:
      layout: "cased", "uncased" or "scivocab".
      num_unused: pieces for words that are added later; None = as many as
        come before [UNK] in the layout, which keeps the ids.

    Raises:
      InputError: no such layout.
    """
    if layout not in LAYOUTS:
        raise InputError(
            "the layout of the vocabulary is unknown",
            got=layout,
            expected=" or ".join(LAYOUTS),
        )
    known = LAYOUTS[layout]
    if num_unused is None:
        num_unused = known.num_before
    unused = [f"[unused{known.first_number + i}]" for i in range(num_unused)]
    return [
        "[PAD]",
        *unused[: known.num_before],
        *_AFTER_UNUSED,
        *unused[known.num_before :],
    ]


def vocabulary_text(pieces: Sequence[str]) -> str:
    """Returns what stands in vocab.txt.

    Raises:
      ValueError: a piece that is there twice, or would not be read back.
    """
    wrong = [piece for piece in pieces if piece.split() != [piece]]
    if wrong or len(set(pieces)) < len(pieces):
        raise ValueError(
            f"{len(wrong)} of {len(pieces)} pieces hold white space, "
            f"{len(pieces) - len(set(pieces))} come twice"
        )
    return "".join(f"{piece}\n" for piece in pieces)
