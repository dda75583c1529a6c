"""A sentence of words to token ids, labels and word indices.

Each word is tokenized on its own. A word index travels with every piece from
here to the output files, so that each word gets exactly one label whatever
the tokenizer makes of it (user-demand.md, row 1; originals.md 6.4).

With SentencePiece (ALBERT) a word alone starts with "▁", which may be a piece
by itself ("▁", "("): it is the word's first piece and carries its label, as
no original says otherwise (originals.md 9.4, N21).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.tokenization import Tokenizer
from tasks.labels import CLS, CONTINUATION, SEP, SPECIAL_LABELS, LabelMap
from tasks.tag_schemes import OUTSIDE, normalize_tags
from tasks.windows import Window, cut_windows

NOT_SCORED = -1  # label id of positions outside the loss (scheme "word")
NO_WORD = -1  # word index of [CLS] and [SEP]

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Limits:
    """How long a row may be, and what becomes of longer sentences.

    Attributes:
      max_seq_length: positions, [CLS] and [SEP] included; at least 3.
      doc_stride: pieces between the starts of two windows; None cuts the
        sentence instead.
    """

    max_seq_length: int
    doc_stride: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where no piece would have room."""
        if self.max_seq_length < 3:
            raise ValueError(
                f"max_seq_length: got {self.max_seq_length}, expected >= 3"
            )

    @property
    def room(self) -> int:
        """Pieces of a row."""
        return self.max_seq_length - 2


@dataclass(frozen=True)
class TaggingFeatures:
    """One row: a sentence or a window of it, unpadded; int32 [pieces + 2].

    Attributes:
      input_ids: [CLS], the pieces, [SEP].
      label_ids: "word": the tag's id at a word's first piece, -1 elsewhere.
        "biobert": continuations X, and [CLS], [SEP], are classes too. -1 at
        pieces that another window decides, and all of a sentence without
        tags.
      word_index: which word a piece is of; -1 for [CLS] and [SEP].
      first_pieces: positions where the words begin that this row decides.
      decided: positions of all pieces that it decides, [start, end).
    """

    input_ids: Ints
    label_ids: Ints
    word_index: Ints
    first_pieces: Ints
    decided: tuple[int, int]


def featurize(
    words: Sequence[str],
    tags: Sequence[str] | None,
    *,
    tokenizer: Tokenizer,
    label_map: LabelMap,
    limits: Limits,
) -> list[TaggingFeatures]:
    """Turns a sentence into one row, or a row for each of its windows.

    A word without pieces (control characters only) becomes one [UNK]; in the
    original it vanished and shifted every later label.

    Args:
      words: of one sentence.
      tags: as in the file, one per word; None when there are none.
      tokenizer: splits a word into pieces.
      label_map: gives the ids and the scheme.
      limits: of a row.
    """
    if tags is not None and len(tags) != len(words):
        raise ValueError(f"got {len(tags)} tags, expected {len(words)}")
    pieces, word_index = encode_words(
        words, tokenizer, at_most=None if limits.doc_stride else limits.room
    )
    if len(pieces) <= limits.room or limits.doc_stride is None:
        windows = [Window(0, len(pieces), 0, len(pieces))]
    else:
        windows = cut_windows(
            word_index, room=limits.room, stride=limits.doc_stride
        )
    is_first = np.diff(np.array(word_index), prepend=NO_WORD) != 0
    label_ids = _label_ids(tags, word_index, label_map=label_map)
    ends = _labels_of_ends(tags, label_map)
    rows = []
    for w in windows:
        first = np.flatnonzero(is_first[w.decided_from : w.decided_to])
        offset = w.decided_from - w.start + 1  # [CLS] is position 0
        rows.append(
            TaggingFeatures(
                _framed(
                    pieces[w.start : w.end],
                    (tokenizer.cls_id, tokenizer.sep_id),
                ),
                _framed(_decided_labels(label_ids, w), ends),
                _framed(word_index[w.start : w.end], (NO_WORD, NO_WORD)),
                first_pieces=(first + offset).astype(np.int32),
                decided=(offset, w.decided_to - w.start + 1),
            )
        )
    return rows


def encode_words(
    words: Sequence[str], tokenizer: Tokenizer, *, at_most: int | None = None
) -> tuple[list[int], list[int]]:
    """Returns the pieces of words and which word each piece is of.

    Args:
      words: of one sentence.
      tokenizer: splits a word into pieces.
      at_most: pieces that are kept; None = all.
    """
    pieces: list[int] = []
    word_index: list[int] = []
    for index, word in enumerate(words):
        if at_most is not None and len(pieces) >= at_most:
            break
        of_word = tokenizer.encode_word(word) or [tokenizer.unk_id]
        pieces.extend(of_word)
        word_index.extend([index] * len(of_word))
    return pieces[:at_most], word_index[:at_most]


def _label_ids(
    tags: Sequence[str] | None,
    word_index: Sequence[int],
    *,
    label_map: LabelMap,
) -> list[int]:
    """Returns the label id of each piece."""
    if tags is None:
        return [NOT_SCORED] * len(word_index)
    ids = [
        label_map.id_of(tag) for tag in normalize_tags(tags, label_map.scheme)
    ]
    inside = NOT_SCORED
    if label_map.scheme == "biobert":
        inside = label_map.id_of(CONTINUATION)
    return [
        ids[word]
        if position == 0 or word != word_index[position - 1]
        else inside
        for position, word in enumerate(word_index)
    ]


def _labels_of_ends(
    tags: Sequence[str] | None, label_map: LabelMap
) -> tuple[int, int]:
    if tags is None or label_map.scheme == "word":
        return NOT_SCORED, NOT_SCORED
    return label_map.id_of(CLS), label_map.id_of(SEP)


def _decided_labels(label_ids: Sequence[int], window: Window) -> list[int]:
    return [
        label_ids[position]
        if window.decided_from <= position < window.decided_to
        else NOT_SCORED
        for position in range(window.start, window.end)
    ]


def _framed(values: Sequence[int], ends: tuple[int, int]) -> Ints:
    return np.array([ends[0], *values, ends[1]], np.int32)


def word_tags(labels: Sequence[str], *, num_words: int) -> list[str]:
    """Returns one tag a word from the labels at the words' first pieces.

    "O" for words cut off, and where a class that no word can have was
    predicted (originals.md 9.4, N6 and N19).
    """
    tags = [OUTSIDE if tag in SPECIAL_LABELS else tag for tag in labels]
    return tags + [OUTSIDE] * (num_words - len(tags))
