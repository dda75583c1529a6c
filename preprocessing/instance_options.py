"""The flags of create_pretraining_data.py that instances depend on.

Apart from the code that makes instances: flags are checked without it.
"""

from __future__ import annotations

from dataclasses import dataclass

from foundation.errors import InputError

FAMILIES = ("bert", "albert")
# [CLS], [SEP], [SEP] and two pieces: the originals stop at an assertion where
# a part of a pair is left without any.
MIN_SEQ_LENGTH = 5
MAX_SEQ_LENGTH = 16_000  # more than any model has; room is made for as many


@dataclass(frozen=True, kw_only=True)
class InstanceOptions:
    """How instances are made; names and defaults are the originals'.

    Attributes:
      family: "bert" or "albert".
      max_seq_length: pieces of an instance, [CLS] and both [SEP] included.
      max_predictions_per_seq: most pieces masked in one (ALBERT's
        do_permutation exchanges up to as many besides).
      masked_lm_prob: share of the pieces that is masked. ALBERT with 0 masks
        none and draws nothing for it; BERT masks at least one.
      short_seq_prob: chance of a document, in a pass, to be cut to a random
        shorter length (drawn once for all of it).
      dupe_factor: passes over the documents.
      random_seed: of every draw; any int.
      do_whole_word_mask: whether the pieces of a word are masked together.
      ngram: ALBERT: most words masked in a row.
      favor_shorter_ngram: ALBERT: chance of k words is 1/k; else the reverse.
      random_next_sentence: ALBERT: pairs as BERT's, random or next, instead
        of in order or swapped.
      do_permutation: ALBERT: whether pieces change places, too.
      draw_masks: False = no masks and no draws for them; the input pipeline
        draws them anew for each epoch.
      replace_with_specials: whether a random piece may be [PAD], [CLS],
        [unused7] and so on, as in the originals.
      words_cross_separator: whether a piece that continues a word joins the
        last word of A when it is the first of B (cut there by truncation), as
        in the originals.
      pair_single_segments: ALBERT's sentence order: whether a chunk of one
        segment, with nothing to swap, becomes a pair with a random segment,
        labelled as swapped, as in the original; else it is left out.
      joint_replacement: whether the pieces of a word share one fate ([MASK],
        random, unchanged); in the originals each has its own.
    """

    family: str
    max_seq_length: int
    max_predictions_per_seq: int
    dupe_factor: int
    do_whole_word_mask: bool
    masked_lm_prob: float = 0.15
    short_seq_prob: float = 0.1
    random_seed: int = 12345
    ngram: int = 3
    favor_shorter_ngram: bool = True
    random_next_sentence: bool = False
    do_permutation: bool = False
    draw_masks: bool = True
    replace_with_specials: bool = True
    words_cross_separator: bool = True
    pair_single_segments: bool = True
    joint_replacement: bool = False

    def __post_init__(self) -> None:
        _check(
            self.family in FAMILIES,
            "--family",
            got=self.family,
            expected=" or ".join(FAMILIES),
        )
        for name, low, high in (
            ("max_seq_length", MIN_SEQ_LENGTH, MAX_SEQ_LENGTH),
            ("max_predictions_per_seq", 0, 1 << 31),
            ("masked_lm_prob", 0.0, 1.0),
            ("short_seq_prob", 0.0, 1.0),
            ("dupe_factor", 1, 1 << 31),
            ("ngram", 1, MAX_SEQ_LENGTH),
        ):
            check_option(name, getattr(self, name), low=low, high=high)

    @property
    def swaps_sentences(self) -> bool:
        """Whether the pairs are ALBERT's, in order or swapped."""
        return self.family == "albert" and not self.random_next_sentence

    @property
    def num_predictions(self) -> int:
        """Values of the masked_lm features, padding included."""
        exchanges = self.family == "albert" and self.do_permutation
        return self.max_predictions_per_seq * (1 + exchanges)

    @property
    def predicts(self) -> bool:
        """Whether instances have masks of their own."""
        without = self.family == "albert" and self.masked_lm_prob == 0
        return self.draw_masks and not without


def check_option(name: str, value: float, *, low: float, high: float) -> None:
    """Raises InputError for a flag's value that is not from low to high."""
    _check(
        low <= value <= high,
        f"--{name}",
        got=value,
        expected=f"{low} to {high}",
    )


def _check(fine: bool, name: str, *, got: object, expected: str) -> None:
    if not fine:
        raise InputError(
            f"{name} cannot be used",
            got=str(got),
            expected=expected,
            next_step=f"give {name} such a value",
        )
