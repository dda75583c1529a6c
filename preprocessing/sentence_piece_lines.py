"""Blocks of text -> SentencePiece ids, compiled where that is provably exact.

A unigram model cuts a line so that the scores of its pieces add up to most.
No piece goes on over a "▁", so the best cut of a line is the best cut of each
of its words, and a word seen before is looked up. Two things could make the
library choose otherwise, and then the whole line is the library's:

*   it adds up 32-bit floats from the start of the line, so where the best cut
    and the next best are within the rounding of that sum, chance decides;
*   what is left of the text after ALBERT's clean-up is not printable ASCII,
    or has a character that the model lacks.

The library stays the definition: what is known of the model is tried on its
own pieces first, and a model that does not fit is given all lines.
"""

from __future__ import annotations

import functools
import itertools
import string

import numpy as np

from preprocessing.line_ids import LineIds
from preprocessing.sentence_piece import (
    WORD_START,
    SentencePieceTokenizer,
    preprocess_text,
)
from preprocessing.sentence_piece_proto import UNIGRAM, model_type
from preprocessing.tries import build_trie
from preprocessing.unigram import (
    CHAR,
    LINE_END,
    OTHER,
    SPACE,
    WORD_START_BYTE,
    Unigram,
    encode_words,
    new_lattice,
    new_memo,
)
from preprocessing.wordpiece_lines import folded_bytes

_ASCII_SPACES = " \t\x0b\x0c\x1c\x1d\x1e\x1f"  # where `str.split` cuts
_USER_DEFINED_PENALTY = 0.1  # sentencepiece: highest score * bytes - 0.1
_CLEANED_PARTS = 1 << 16  # of text that is not ASCII, remembered
_SAMPLE_WORDS = 2000  # that a model is tried on
_SAMPLE_LINE = 10  # words


class SentencePieceLines:
    """A `LineEncoder`; the ids are those of `tokenizer.encode`.

    Attributes:
      tokenizer: whose ids they are.
      compiled: whether the model is one that the compiled code is right for.
    """

    def __init__(self, tokenizer: SentencePieceTokenizer) -> None:
        self.tokenizer = tokenizer
        self._cleaned = functools.lru_cache(_CLEANED_PARTS)(self._clean_part)
        self._model = _model_of(tokenizer)
        self.compiled = _is_understood(tokenizer) and self._is_right()
        if not self.compiled:
            self._model.kinds[: ord("~") + 1] = OTHER
            for char in "\n" + _ASCII_SPACES:
                self._model.kinds[ord(char)] = _kind_of_space(char)

    def encode(self, text: bytes) -> LineIds:
        """Returns the ids of lines (see `LineEncoder`)."""
        lines = text.split(b"\n")
        cleaned = text if text.isascii() else self._clean_lines(lines)
        num_lines = len(lines) - 1
        # A word of n bytes, with its space, has n + 1 pieces at most; the
        # digit-comma rule makes three of three bytes.
        ids = np.empty(2 * len(cleaned), np.int32)
        lengths = np.empty(num_lines, np.int64)
        others = np.empty(num_lines, np.int64)
        num_ids, num_others = encode_words(
            np.frombuffer(cleaned, np.uint8),
            self._model,
            (ids, lengths, others),
        )
        left = others[:num_others]
        late = self.tokenizer.encode_lines(
            [lines[line].decode() for line in left.tolist()]
        )
        starts = np.cumsum(lengths) - lengths
        return LineIds(ids[:num_ids], lengths).with_late(
            late, positions=starts[left], lines=left
        )

    def is_blank(self, line: bytes) -> bool:
        """Returns whether a line ends a document: nothing is left of it."""
        return not preprocess_text(
            line.decode(),
            lower_case=self.tokenizer.lower_case,
            strip_accents=self.tokenizer.strip_accents,
        )

    def _clean_lines(self, lines: list[bytes]) -> bytes:
        """Cleans what is not ASCII, in the hope that it is then.

        Part by part, which is the same: the clean-up looks at no character
        beyond a space.
        """
        return b"\n".join(
            [
                line
                if line.isascii()
                else b" ".join(map(self._cleaned, line.split(b" ")))
                for line in lines
            ]
        )

    def _clean_part(self, part: bytes) -> bytes:
        if part.isascii():
            return part
        return preprocess_text(
            part.decode(),
            lower_case=self.tokenizer.lower_case,
            strip_accents=self.tokenizer.strip_accents,
        ).encode()

    def _is_right(self) -> bool:
        """Tries compiled code and library on words made of pieces."""
        pieces = [
            piece.replace(WORD_START, "") for piece in self.tokenizer.all_pieces
        ]
        step = max(1, len(pieces) // _SAMPLE_WORDS)
        words = [
            first + second
            for first, second in zip(
                pieces[::step], pieces[::-step], strict=False
            )
        ]
        lines = [
            " ".join(words[start : start + _SAMPLE_LINE])
            for start in range(0, len(words), _SAMPLE_LINE)
        ]
        result = self.encode("".join(f"{line}\n" for line in lines).encode())
        expected = self.tokenizer.encode_lines(lines)
        ids = list(itertools.chain.from_iterable(expected))
        lengths = list(map(len, expected))
        return [result.ids.tolist(), result.lengths.tolist()] == [ids, lengths]


def _kind_of_space(char: str) -> int:
    return LINE_END if char == "\n" else SPACE


def _is_understood(tokenizer: SentencePieceTokenizer) -> bool:
    """Returns whether words of ASCII are cut one by one, and as they are.

    And by their scores: not so in a BPE model, whose scores are an order.
    """
    chars = string.ascii_letters + string.digits + string.punctuation
    if tokenizer.lower_case:
        chars = "".join(sorted(set(chars.lower())))
    # No rule for one character or two changes ASCII.
    pairs = "".join(map("".join, itertools.product(chars, repeat=2)))
    normalize = tokenizer.processor.normalize
    return (
        model_type(tokenizer.processor.serialized_model_proto()) == UNIGRAM
        and normalize(pairs) == WORD_START + pairs
        and normalize(" a  b ") == f"{WORD_START}a{WORD_START}b"
        and WORD_START in tokenizer.all_pieces
        and not any(WORD_START in piece[1:] for piece in tokenizer.all_pieces)
    )


def _model_of(tokenizer: SentencePieceTokenizer) -> Unigram:
    processor = tokenizer.processor
    ids = list(range(tokenizer.vocab_size))
    scores = np.array(processor.get_score(ids), np.float64)
    is_special = np.logical_or.reduce(
        [
            processor.is_control(ids),
            processor.is_unknown(ids),
            processor.is_unused(ids),
            processor.is_byte(ids),
        ]
    )
    # Symbols of the user come without a score and always win.
    highest = scores[~is_special & (scores < 0)].max(initial=-np.inf)
    strings: dict[bytes, int] = {}
    for i, piece in enumerate(tokenizer.all_pieces):
        key = piece.replace(WORD_START, " ").encode()
        if not is_special[i] and key.isascii():
            strings[key] = i
            if scores[i] == 0:
                scores[i] = highest * len(key) - _USER_DEFINED_PENALTY
    folded = folded_bytes(lower_case=tokenizer.lower_case)
    kinds = np.full(256, OTHER, np.uint8)
    for code in range(WORD_START_BYTE + 1, ord("~") + 1):
        if bytes([folded[code]]) in strings:
            kinds[code] = CHAR
    for char in "\n" + _ASCII_SPACES:
        kinds[ord(char)] = _kind_of_space(char)
    comma_starts, comma_ids = _comma_rule(tokenizer)
    return Unigram(
        kinds=kinds,
        folded=folded,
        trie=build_trie(strings),
        scores=scores,
        comma_starts=comma_starts,
        comma_ids=comma_ids,
        memo=new_memo(),
        lattice=new_lattice(),
    )


def _comma_rule(
    tokenizer: SentencePieceTokenizer,
) -> tuple[np.ndarray, np.ndarray]:
    rule = tokenizer.comma_rule
    counts = [len(rule.get(i, ())) for i in range(tokenizer.vocab_size)]
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    ids = itertools.chain.from_iterable(rule[i] for i in sorted(rule))
    return starts, np.array([*ids], np.int32)
