"""A vocabulary and new words -> a vocabulary in which they are one piece.

vocab.txt: the words take lines that are called [unusedN], or lines at the end;
every other line keeps its place. A word that begins with a new piece is cut
after it from then on, because the longest piece is taken.

SentencePiece: the words follow the last piece, as ordinary pieces "▁word".
(Pieces that are "user defined" would be cut out of any text, at the beginning
of longer words too.) A new piece's score is a little above that of the word's
present cut, so a line is cut otherwise only where its best cut has a new
piece. It is not under the model's lowest score, from which SentencePiece
makes that of unknown characters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing.marked_tokenizer import UNUSED as MARKER_PLACES
from preprocessing.new_words import GrowingTokenizer, NewWord
from preprocessing.sentence_piece import (
    WORD_START,
    SentencePieceTokenizer,
    tokenizer_of_model,
)
from preprocessing.sentence_piece_proto import (
    UNIGRAM,
    model_type,
    with_pieces,
)
from preprocessing.tokenization import WordPieceTokenizer
from preprocessing.vocabulary import vocabulary_bytes

MODES = ("append", "unused")
_UNUSED = re.compile(r"\[unused\d+\]")
# Far above what adding up a line's 32-bit scores can round away, and below
# what tells one word from another.
_SCORE_ABOVE = 0.1


@dataclass(frozen=True)
class ExtendedVocabulary:
    """A vocabulary with new pieces.

    Attributes:
      content: what stands in its file.
      tokenizer: of it.
      new_ids: word -> the id of its piece.
    """

    content: bytes
    tokenizer: GrowingTokenizer
    new_ids: Mapping[str, int]


def unused_places(
    tokenizer: WordPieceTokenizer, *, keep: Collection[str] = MARKER_PLACES
) -> list[int]:
    """Returns the ids of [unusedN] pieces, in the order of the file.

    Args:
      tokenizer: of the vocabulary.
      keep: pieces that stay; the markers of entities take the first four
        (preprocessing/marked_tokenizer.py).
    """
    return sorted(
        i
        for piece, i in tokenizer.ids.items()
        if _UNUSED.fullmatch(piece) and piece not in keep
    )


def extend_wordpiece(
    path: str,
    tokenizer: WordPieceTokenizer,
    words: Sequence[NewWord],
    *,
    places: Sequence[int] | None = None,
) -> ExtendedVocabulary:
    """Gives words the lines of a vocab.txt.

    Args:
      path: of the vocabulary.
      tokenizer: of it.
      words: none of them a piece yet.
      places: ids to fill, as many as words or more; None = the words follow
        the last line.
    """
    lines = vocabulary_bytes(path).split(b"\n")[: tokenizer.vocab_size]
    ids = range(len(lines), len(lines) + len(words))
    if places is None:
        lines += [word.word.encode() for word in words]
    new_ids = {}
    for new, i in zip(words, ids if places is None else places, strict=False):
        lines[i] = new.word.encode()
        new_ids[new.word] = i
    if len(new_ids) < len(words):
        raise ValueError(f"{len(words)} words for {len(new_ids)} places")
    content = b"".join(line + b"\n" for line in _without_holes(lines))
    pieces = [line.decode("utf-8-sig").strip() for line in lines]
    return ExtendedVocabulary(
        content,
        WordPieceTokenizer(
            pieces,
            rules=tokenizer.rules,
            vocab_sha256=hashlib.sha256(content).hexdigest(),
        ),
        new_ids,
    )


def _without_holes(lines: list[bytes]) -> list[bytes]:
    """Names the empty line of SciBERT's vocabulary, an id without a text.

    `read_pieces` lets holes pass only in files that it knows.
    """
    number = 0
    for i, line in enumerate(lines):
        if line.strip():
            continue
        while (name := f"[unused{number}]".encode()) in lines:
            number += 1
        lines[i] = name
    return lines


def extend_sentencepiece(
    path: str, tokenizer: SentencePieceTokenizer, words: Sequence[NewWord]
) -> ExtendedVocabulary:
    """Puts words behind the last piece of a SentencePiece model.

    Args:
      path: of the model.
      tokenizer: of it.
      words: none of them a piece yet.

    Raises:
      InputError: a model that is not a unigram one, ALBERT's kind.
    """
    model = files.read_bytes(path)
    if model_type(model) != UNIGRAM:
        raise InputError(
            "pieces cannot be added to this SentencePiece model",
            got=f"a model of type {model_type(model)}",
            expected="a unigram model (type 1), as ALBERT's: the pieces of "
            "the others come from joins, not from scores",
            next_step="choose an ALBERT with a unigram model",
            path=path,
        )
    first = tokenizer.vocab_size
    scores = _scores(tokenizer, words)
    content = with_pieces(
        model,
        [
            (WORD_START + new.word, score)
            for new, score in zip(words, scores, strict=True)
        ],
        vocab_size=first + len(words),
    )
    return ExtendedVocabulary(
        content,
        tokenizer_of_model(
            content,
            lower_case=tokenizer.lower_case,
            strip_accents=tokenizer.strip_accents,
            path=path,
        ),
        {new.word: first + n for n, new in enumerate(words)},
    )


def _scores(
    tokenizer: SentencePieceTokenizer, words: Sequence[NewWord]
) -> list[float]:
    score_of = tokenizer.processor.get_score
    # Pieces of other kinds, controls and symbols, have 0.
    scores = map(score_of, range(tokenizer.vocab_size))
    lowest = min(score for score in scores if score < 0)
    return [
        lowest
        if tokenizer.unk_id in new.old_ids
        else max(sum(map(score_of, new.old_ids)) + _SCORE_ABOVE, lowest)
        for new in words
    ]


def cut_off(
    counts: Mapping[str, int], old: GrowingTokenizer, new: ExtendedVocabulary
) -> set[str]:
    """Returns new words that make other words of a text unknown.

    Of a longer word the new piece is taken, and the rest may have no pieces.
    It has where each character can go on with a word ("##x"), as in all
    published vocabularies.

    Args:
      counts: words of the text.
      old: the tokenizer as it was.
      new: with the words.
    """
    tokenizer = new.tokenizer
    if not isinstance(tokenizer, WordPieceTokenizer):
        return set()
    unknown = [tokenizer.unk_id]
    guilty = set()
    for word in counts:
        if tokenizer.encode_word(word) != unknown:
            continue
        if old.encode_word(word) != unknown:
            ends = range(len(word), 0, -1)
            guilty.add(next(word[:e] for e in ends if word[:e] in new.new_ids))
    return guilty
