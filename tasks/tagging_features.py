"""A sentence of words to token ids, labels and word indices.

Each word is tokenized on its own. A word index travels with every piece from
here to the output files, so that each word gets exactly one label whatever
the tokenizer makes of it (user-demand.md, row 1; originals.md 6.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tasks.labels import CLS, CONTINUATION, SEP, SPECIAL_LABELS, LabelMap
from tasks.tag_schemes import OUTSIDE, normalize_tags

NOT_SCORED = -1  # label id of positions outside the loss (scheme "word")
NO_WORD = -1  # word index of [CLS] and [SEP]

Ints = npt.NDArray[np.int32]


class WordTokenizer(Protocol):
    """What featurizing needs of a tokenizer."""

    @property
    def unk_id(self) -> int:
        """Id of [UNK]."""

    @property
    def cls_id(self) -> int:
        """Id of [CLS]."""

    @property
    def sep_id(self) -> int:
        """Id of [SEP]."""

    def encode_word(self, word: str) -> list[int]:
        """Returns the pieces of one word; may be empty."""


@dataclass(frozen=True)
class TaggingFeatures:
    """One sentence, unpadded; all arrays int32 [pieces + 2].

    Attributes:
      input_ids: [CLS], the pieces, [SEP].
      label_ids: "word": the tag's id at a word's first piece, -1 elsewhere.
        "biobert": continuations X, and [CLS], [SEP], are classes too. All -1
        for a sentence without tags.
      word_index: which word a piece is of; -1 for [CLS] and [SEP].
      num_words_kept: words whose first piece is in.
    """

    input_ids: Ints
    label_ids: Ints
    word_index: Ints
    num_words_kept: int


def featurize(
    words: Sequence[str],
    tags: Sequence[str] | None,
    *,
    tokenizer: WordTokenizer,
    label_map: LabelMap,
    max_seq_length: int,
) -> TaggingFeatures:
    """Turns a sentence into features of at most `max_seq_length` positions.

    A word without pieces (control characters only) becomes one [UNK]; in the
    original it vanished and shifted every later label. Too long sentences are
    cut to max_seq_length - 2 pieces, as there.

    Args:
      words: of one sentence.
      tags: as in the file, one per word; None when there are none.
      tokenizer: splits a word into pieces.
      label_map: gives the ids and the scheme.
      max_seq_length: positions, [CLS] and [SEP] included; at least 3.
    """
    if tags is not None and len(tags) != len(words):
        raise ValueError(f"got {len(tags)} tags, expected {len(words)}")
    if max_seq_length < 3:
        raise ValueError(f"max_seq_length: got {max_seq_length}, expected >= 3")
    room = max_seq_length - 2
    pieces: list[int] = []
    word_index: list[int] = []
    for index, word in enumerate(words):
        if len(pieces) >= room:
            break
        of_word = tokenizer.encode_word(word) or [tokenizer.unk_id]
        pieces.extend(of_word)
        word_index.extend([index] * len(of_word))
    del pieces[room:], word_index[room:]
    word_index = [NO_WORD, *word_index, NO_WORD]
    return TaggingFeatures(
        np.array([tokenizer.cls_id, *pieces, tokenizer.sep_id], np.int32),
        np.array(_label_ids(tags, word_index, label_map=label_map), np.int32),
        np.array(word_index, np.int32),
        num_words_kept=max(word_index) + 1,
    )


def _label_ids(
    tags: Sequence[str] | None,
    word_index: Sequence[int],
    *,
    label_map: LabelMap,
) -> list[int]:
    label_ids = [NOT_SCORED] * len(word_index)
    if tags is None:
        return label_ids
    tags = normalize_tags(tags, label_map.scheme)
    if label_map.scheme == "biobert":
        label_ids = [label_map.id_of(CONTINUATION)] * len(word_index)
        label_ids[0] = label_map.id_of(CLS)
        label_ids[-1] = label_map.id_of(SEP)
    for position in first_pieces(word_index):
        label_ids[position] = label_map.id_of(tags[word_index[position]])
    return label_ids


def first_pieces(word_index: Sequence[int] | Ints) -> list[int]:
    """Lists the position of each kept word's first piece, in word order."""
    return [
        position
        for position, word in enumerate(word_index)
        if word != NO_WORD and word != word_index[position - 1]
    ]


def tags_of_words(
    labels: Sequence[str],
    *,
    word_index: Sequence[int] | Ints,
    num_words: int,
) -> list[str]:
    """Reads the predicted tag of every word off its first piece.

    Args:
      labels: predicted label of each position.
      word_index: as in the features.
      num_words: of the whole sentence.

    Returns:
      One tag per word; "O" for words cut off, and where a class that no word
      can have was predicted (originals.md 9.4, N6 and N19).
    """
    tags = [OUTSIDE] * num_words
    for position in first_pieces(word_index):
        if labels[position] not in SPECIAL_LABELS:
            tags[int(word_index[position])] = labels[position]
    return tags
