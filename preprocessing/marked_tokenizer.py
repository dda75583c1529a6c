"""A tokenizer for which each entity marker is one piece.

BERT's vocabularies keep places for this: [unused1] to [unused4]. A
SentencePiece model has none, so the markers' ids follow its last one, and the
embedding table grows by as many rows (`training.initial_weights`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import chain

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.entity_markers import MARKERS
from preprocessing.tokenization import Tokenizer, WordPieceTokenizer

FILE_NAME = "entity_markers.json"
UNUSED = tuple(f"[unused{n}]" for n in range(1, len(MARKERS) + 1))
_MARKER = re.compile(r"(\[/?E[12]\])")


class MarkedTokenizer:
    """A tokenizer, and ids for `MARKERS`. Offers what `Tokenizer` does.

    The text between two markers is encoded by itself: a marker ends a word.

    Attributes:
      base: the tokenizer of the text.
      marker_ids: the id of each marker.
      appended: how many of these ids follow the base's last one.
      family: as the base's; so are lower_case, vocab_sha256 and the special
        ids.
      vocab_size: of the base, with the appended ids.
    """

    def __init__(self, base: Tokenizer, marker_ids: Mapping[str, int]) -> None:
        self.base = base
        self.marker_ids = dict(marker_ids)
        ids = self.marker_ids.values()
        self.appended = sum(i >= base.vocab_size for i in ids)
        self.family = base.family
        self.lower_case = base.lower_case
        self.vocab_size = base.vocab_size + self.appended
        self.vocab_sha256 = base.vocab_sha256
        self.pad_id, self.unk_id = base.pad_id, base.unk_id
        self.cls_id, self.sep_id = base.cls_id, base.sep_id
        self._marker_of = {i: marker for marker, i in self.marker_ids.items()}

    @property
    def mask_id(self) -> int:
        """The id of [MASK]; InputError where the vocabulary has none."""
        return self.base.mask_id

    def encode(self, text: str) -> list[int]:
        """Returns the ids of a text's pieces, a marker being one."""
        return self.encode_lines([text])[0]

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns `encode` of each line."""
        # Odd parts are markers, even ones the text between.
        parts = [_MARKER.split(line) for line in lines]
        encoded = iter(
            self.base.encode_lines([text for of in parts for text in of[::2]])
        )
        return [
            list(
                chain.from_iterable(
                    [self.marker_ids[part]] if n % 2 else next(encoded)
                    for n, part in enumerate(of_line)
                )
            )
            for of_line in parts
        ]

    def encode_word(self, word: str) -> list[int]:
        """Returns the ids of one word; a marker is a word."""
        if word in self.marker_ids:
            return [self.marker_ids[word]]
        return self.base.encode_word(word)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the pieces with these ids; of a marker's, the marker."""
        return [self._marker_of.get(i) or self.base.pieces([i])[0] for i in ids]

    def save(self, folder: str) -> None:
        """Writes entity_markers.json beside checkpoints."""
        with files.write_atomically(files.join(folder, FILE_NAME)) as file:
            json.dump(self.marker_ids, file, indent=2)
            file.write("\n")


def mark_entities(tokenizer: Tokenizer) -> MarkedTokenizer:
    """Returns the tokenizer with ids for the markers.

    Raises:
      InputError: a WordPiece vocabulary without [unused1] to [unused4].
    """
    if not isinstance(tokenizer, WordPieceTokenizer):
        first = tokenizer.vocab_size
        return MarkedTokenizer(
            tokenizer, {m: first + n for n, m in enumerate(MARKERS)}
        )
    missing = [piece for piece in UNUSED if piece not in tokenizer.ids]
    if missing:
        raise InputError(
            "the vocabulary has no place for entity markers",
            got=f"no {' '.join(missing)}",
            expected=" ".join(UNUSED),
            next_step="use --entity_format=mask",
        )
    ids = [tokenizer.ids[piece] for piece in UNUSED]
    return MarkedTokenizer(tokenizer, dict(zip(MARKERS, ids, strict=True)))


def has_markers(folder: str) -> bool:
    """Returns whether a folder's model was trained with markers."""
    return files.exists(files.join(folder, FILE_NAME))


def read_markers(folder: str, tokenizer: Tokenizer) -> MarkedTokenizer:
    """Returns the tokenizer of a model that was trained with markers.

    Args:
      folder: of its checkpoints.
      tokenizer: as it was before the markers.

    Raises:
      InputError: no such file, or the ids are of another vocabulary.
    """
    path = files.join(folder, FILE_NAME)
    found = json_files.read_object(
        path,
        what="the file of entity markers",
        next_step="name the --output_dir of a run with --entity_format=marker",
    )
    marked = mark_entities(tokenizer)
    if found != marked.marker_ids:
        raise InputError(
            "the model's entity markers are of another vocabulary",
            got=f"ids {list(found.values())}",
            expected=f"{list(marked.marker_ids.values())}",
            next_step="look at --vocab_file (or --spm_model_file)",
            path=path,
        )
    return marked
