"""Text -> SentencePiece ids, as google-research/albert's tokenization.py does.

The model cuts whole lines: its search adds up scores from the start of the
line, so cutting word by word could, at a near tie, give other pieces. The only
shortcuts here are ones that cannot: ids straight from the library wherever the
digit-comma rule has nothing to do, and a memory for single words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing import characters
from preprocessing.memo import Memo

WORD_START = "▁"  # U+2581, what SentencePiece writes for a space
WHAT = "the SentencePiece model"
NEXT_STEP = (
    "give --spm_model_file the .model file that came with the checkpoint "
    "(30k-clean.model for ALBERT and BioALBERT)"
)
_CONTROL_PIECES = ("[CLS]", "[SEP]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def preprocess_text(
    text: str, *, lower_case: bool, strip_accents: bool = True
) -> str:
    """Returns the text as ALBERT cleans it before SentencePiece.

    White space is joined; then NFKD without combining characters (left out
    where accents are to be kept: the model's own normalization composes what
    it needs); then lower case.
    """
    text = " ".join(text.split())
    if strip_accents:
        text = characters.strip_combining(text)
    return characters.lower(text) if lower_case else text


def ends_in_digit_comma(piece: str) -> bool:
    """Returns whether ALBERT cuts a piece again, as "1990,"."""
    return (
        len(piece) > 1 and piece[-1] == "," and characters.is_digit(piece[-2])
    )


class SentencePieceTokenizer:
    """SentencePiece with ALBERT's text clean-up and digit-comma rule.

    Attributes:
      family: "albert".
      lower_case: whether it lower-cases.
      strip_accents: whether combining characters go.
      vocab_size: number of pieces of the model.
      vocab_sha256: of the model file.
      pad_id: of <pad>; 0 without one.
      unk_id: of <unk>.
      cls_id: of [CLS].
      sep_id: of [SEP].
    """

    family = "albert"

    def __init__(
        self,
        processor: Any,  # sentencepiece.SentencePieceProcessor
        *,
        lower_case: bool,
        strip_accents: bool,
        vocab_sha256: str,
    ) -> None:
        self._processor = processor
        self.lower_case = lower_case
        self.strip_accents = strip_accents
        self.vocab_size = int(processor.get_piece_size())
        self.vocab_sha256 = vocab_sha256
        self._pieces = tuple(
            str(processor.id_to_piece(i)) for i in range(self.vocab_size)
        )
        self._ids = {piece: i for i, piece in enumerate(self._pieces)}
        self.unk_id = int(processor.unk_id())
        self.pad_id = self._ids.get("<pad>", 0)
        self.cls_id = self._ids["[CLS]"]
        self.sep_id = self._ids["[SEP]"]
        # Lines with one of these need a second look.
        self._comma_rule = {
            i: self._comma_piece_ids(piece)
            for i, piece in enumerate(self._pieces)
            if ends_in_digit_comma(piece)
        }
        self._needs_rule = set(self._comma_rule)
        if "," not in self._ids:
            # Then <unk> may stand for text that ends in a digit and a comma.
            self._needs_rule.add(self.unk_id)
        self._of_word = Memo(lambda word: tuple(self.encode(word)))

    @property
    def mask_id(self) -> int:
        """The id of [MASK].

        Raises:
          InputError: the model has none.
        """
        if "[MASK]" not in self._ids:
            raise InputError(
                "the SentencePiece model has no [MASK]",
                got=f"{self.vocab_size} pieces without it",
                expected="[MASK] among its control symbols",
                next_step=NEXT_STEP,
            )
        return self._ids["[MASK]"]

    @property
    def all_pieces(self) -> tuple[str, ...]:
        """The model's pieces; position is id."""
        return self._pieces

    @property
    def processor(self) -> Any:
        """The library's own object, a sentencepiece.SentencePieceProcessor."""
        return self._processor

    @property
    def comma_rule(self) -> Mapping[int, Sequence[int]]:
        """What ALBERT's digit-comma rule puts in the place of some ids."""
        return self._comma_rule

    def encode(self, text: str) -> list[int]:
        """Returns the ids of a text's pieces, without [CLS] and [SEP]."""
        return self.encode_lines([text])[0]

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns `encode` of each line."""
        cleaned = [self._clean(line) for line in lines]
        # One thread: whoever wants more runs more processes.
        encoded: list[list[int]] = self._processor.encode(
            cleaned, out_type=int, num_threads=1
        )
        return [
            ids
            if self._needs_rule.isdisjoint(ids)
            else self._after_comma_rule(text, ids)
            for text, ids in zip(cleaned, encoded, strict=True)
        ]

    def cut(self, text: str) -> list[str]:
        """Returns the pieces of a text as they stand there.

        As many as `encode` returns ids; of an unknown piece, its text.
        """
        return self._cut_clean(self._clean(text))

    def encode_word(self, word: str) -> list[int]:
        """Returns the ids of one word; none if nothing of it is kept.

        The word begins with "▁", like the first word of a line. (BioALBERT
        published no code: our choice, in docs/fidelity.md.)
        """
        return list(self._of_word[word])

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the pieces with these ids."""
        return [self._pieces[i] for i in ids]

    def _clean(self, text: str) -> str:
        text = preprocess_text(
            text, lower_case=self.lower_case, strip_accents=self.strip_accents
        )
        try:
            text.encode()
        except UnicodeEncodeError:
            # Lone surrogates are no UTF-8; SentencePiece reads any byte that
            # is none as U+FFFD.
            return _SURROGATE.sub("\ufffd", text)
        return text

    def _after_comma_rule(self, text: str, ids: list[int]) -> list[int]:
        if self.unk_id in self._needs_rule and self.unk_id in ids:
            return self._apply_comma_rule(text)
        changed: list[int] = []
        for i in ids:
            changed += self._comma_rule.get(i, (i,))
        return changed

    def _apply_comma_rule(self, text: str) -> list[int]:
        """Returns the ids of a cleaned text after the digit-comma rule."""
        return [self._ids.get(p, self.unk_id) for p in self._cut_clean(text)]

    def _cut_clean(self, text: str) -> list[str]:
        """Returns the pieces of a text after ALBERT's rule for "1990,".

        A piece that ends in a digit and a comma is cut again without them, and
        the comma is a piece of its own. Cut again, it begins with "▁" even
        inside a word: the original means to take that "▁" away but compares
        text with bytes, so under Python 3 it never does, and the published
        models were not trained otherwise (google-research/albert#85).
        """
        pieces: list[str] = []
        for piece in self._processor.encode(text, out_type=str):
            if ends_in_digit_comma(piece):
                pieces += self._comma_pieces(piece)
            else:
                pieces.append(piece)
        return pieces

    def _comma_piece_ids(self, piece: str) -> tuple[int, ...]:
        pieces = self._comma_pieces(piece)
        return tuple(self._ids.get(part, self.unk_id) for part in pieces)

    def _comma_pieces(self, piece: str) -> list[str]:
        number = piece[:-1].replace(WORD_START, "")
        return [*self._processor.encode(number, out_type=str), ","]


def load_sentencepiece(
    model_file: str, *, lower_case: bool, strip_accents: bool = True
) -> SentencePieceTokenizer:
    """Loads a SentencePiece model (a path of any file system).

    Raises:
      InputError: no file, a folder, empty, no SentencePiece model, or one
        without [CLS] and [SEP].
    """
    files.check_readable(model_file, what=WHAT, next_step=NEXT_STEP)
    return tokenizer_of_model(
        files.read_bytes(model_file),
        lower_case=lower_case,
        strip_accents=strip_accents,
        path=model_file,
    )


def tokenizer_of_model(
    model: bytes,
    *,
    lower_case: bool,
    strip_accents: bool = True,
    path: str | None = None,
) -> SentencePieceTokenizer:
    """Returns the tokenizer of what stands in a model file.

    Args:
      model: a serialized ModelProto.
      lower_case: whether text is lower-cased.
      strip_accents: whether combining characters go.
      path: of the file, for errors.

    Raises:
      InputError: no SentencePiece model, or one without [CLS] and [SEP].
    """
    import sentencepiece  # deferred: WordPiece must not pay for it

    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
    except RuntimeError as error:
        raise InputError(
            "this is no SentencePiece model",
            got=f"{len(model)} bytes that do not parse",
            expected="a model written by spm_train",
            next_step=NEXT_STEP,
            path=path,
        ) from error
    missing = [
        piece
        for piece in _CONTROL_PIECES
        if processor.piece_to_id(piece) == processor.unk_id()
    ]
    if missing:
        raise InputError(
            "the SentencePiece model lacks special tokens",
            got=f"no {' '.join(missing)}",
            expected=" ".join(_CONTROL_PIECES),
            next_step="train it with --control_symbols=[CLS],[SEP],[MASK]",
            path=path,
        )
    return SentencePieceTokenizer(
        processor,
        lower_case=lower_case,
        strip_accents=strip_accents,
        vocab_sha256=hashlib.sha256(model).hexdigest(),
    )
