"""A corpus, a tokenizer, wishes -> the extended vocabulary and its measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.corpus_sample import CorpusSample
from preprocessing.cut_changes import CutChanges, cut_changes, parts_of
from preprocessing.new_words import (
    GrowingTokenizer,
    NewWord,
    frequent_words,
    named,
    read_list,
    rules_of,
)
from preprocessing.tokenization import WordPieceTokenizer
from preprocessing.vocabulary_extension import (
    ExtendedVocabulary,
    cut_off,
    extend_sentencepiece,
    extend_wordpiece,
    unused_places,
)
from preprocessing.word_counts import WordCounts, count_words


@dataclass(frozen=True)
class ExtensionOptions:
    """How a vocabulary is extended.

    Attributes:
      mode: "append" or "unused".
      words_file: a list of words; None = the text's own.
      num_pieces: how many words of the text at most.
      min_frequency: how often such a word has to come.
      min_pieces: how many pieces it has to be cut into.
      keep_marker_places: whether [unused1] to [unused4] stay.
      max_words: different words kept in memory.
    """

    mode: str
    words_file: str | None
    num_pieces: int
    min_frequency: int
    min_pieces: int
    keep_marker_places: bool
    max_words: int


@dataclass(frozen=True)
class Extension:
    """What a vocabulary becomes.

    Attributes:
      words: the new pieces, in the order of their ids.
      vocabulary: with them.
      counts: of the text's words.
      num_candidates: words of the text that are worth a piece.
      num_cut_off: candidates that were left out because words that begin
        with them would be unknown.
      num_repeated: lines of a list with a word that it has before.
      num_whole: words of a list that are one piece already.
      num_unknown: words of a list that are unknown now.
      room: [unused] places; None = pieces are appended.
    """

    words: tuple[NewWord, ...]
    vocabulary: ExtendedVocabulary
    counts: WordCounts
    num_candidates: int = 0
    num_cut_off: int = 0
    num_repeated: int = 0
    num_whole: int = 0
    num_unknown: int = 0
    room: int | None = None


def plan_extension(
    sample: CorpusSample,
    tokenizer: GrowingTokenizer,
    options: ExtensionOptions,
    *,
    path: str,
    progress: Callable[[int], object] | None = None,
) -> Extension:
    """Chooses words and puts them into the vocabulary.

    Args:
      sample: the text.
      tokenizer: as it is.
      options: what is asked for.
      path: of the vocabulary.
      progress: called with the number of bytes read since the last call.

    Raises:
      InputError: no word to add, no room for one, or a list that cannot be
        used.
    """
    places = _places(tokenizer, options, path=path)
    counts = count_words(
        sample.texts(held_out=False, progress=progress),
        rules_of(tokenizer),
        max_words=options.max_words,
    )
    grow = _grower(tokenizer, path, places=places)
    room = None if places is None else len(places)
    if options.words_file:
        return _of_list(tokenizer, options, counts=counts, grow=grow, room=room)
    return _of_text(tokenizer, options, counts=counts, grow=grow, room=room)


def _places(
    tokenizer: GrowingTokenizer, options: ExtensionOptions, *, path: str
) -> list[int] | None:
    """Returns the ids to fill; None = pieces are appended."""
    if options.mode == "append":
        return None
    if not isinstance(tokenizer, WordPieceTokenizer):
        raise InputError(
            "a SentencePiece model has no [unused] places",
            got="--mode=unused",
            expected="--mode=append",
            next_step="leave --mode out",
            path=path,
        )
    if options.keep_marker_places:
        places = unused_places(tokenizer)
    else:
        places = unused_places(tokenizer, keep=())
    if not places:
        raise InputError(
            "the vocabulary has no [unused] places to fill",
            got="none"
            + (
                ", [unused1] to [unused4] aside"
                if options.keep_marker_places
                else ""
            ),
            expected="one or more",
            next_step="use --mode=append",
            path=path,
        )
    return places


_Grower = Callable[[Sequence[NewWord]], ExtendedVocabulary]


def _grower(
    tokenizer: GrowingTokenizer, path: str, *, places: Sequence[int] | None
) -> _Grower:
    if isinstance(tokenizer, WordPieceTokenizer):
        return lambda words: extend_wordpiece(
            path, tokenizer, words, places=places
        )
    return lambda words: extend_sentencepiece(path, tokenizer, words)


def _of_list(
    tokenizer: GrowingTokenizer,
    options: ExtensionOptions,
    *,
    counts: WordCounts,
    grow: _Grower,
    room: int | None,
) -> Extension:
    path = options.words_file or ""
    listed = read_list(path, tokenizer, counts.counts)
    words = listed.words
    _check_number(words, room, path=path, where="the list")
    vocabulary = grow(words)
    guilty = cut_off(counts.counts, tokenizer, vocabulary)
    if guilty:
        lines = sorted(new.line for new in words if new.word in guilty)
        raise InputError(
            "longer words that begin with a word of the list would be unknown",
            got=f"{len(lines)} such words, on the lines {named(lines)}",
            expected="a vocabulary that can go on after them",
            next_step="take these lines out, or add the longer words too",
            path=path,
            line=lines[0],
        )
    return Extension(
        words,
        vocabulary,
        counts,
        num_repeated=listed.num_repeated,
        num_whole=listed.num_whole,
        num_unknown=listed.num_unknown,
        room=room,
    )


def _of_text(
    tokenizer: GrowingTokenizer,
    options: ExtensionOptions,
    *,
    counts: WordCounts,
    grow: _Grower,
    room: int | None,
) -> Extension:
    found = frequent_words(
        counts.counts,
        tokenizer,
        min_frequency=options.min_frequency,
        min_pieces=options.min_pieces,
    )
    number = options.num_pieces
    if room is not None:
        number = min(number, room)
    _check_number(found[:number], room, path=None, where="the text")
    banned: set[str] = set()
    while True:
        words = [new for new in found if new.word not in banned][:number]
        vocabulary = grow(words)
        guilty = cut_off(counts.counts, tokenizer, vocabulary)
        if not guilty:
            break
        banned |= guilty
    return Extension(
        tuple(words),
        vocabulary,
        counts,
        num_candidates=len(found),
        num_cut_off=len(banned),
        room=room,
    )


def _check_number(
    words: Sequence[NewWord],
    room: int | None,
    *,
    path: str | None,
    where: str,
) -> None:
    if not words:
        raise InputError(
            f"{where} holds no word that is to become a piece",
            got="none that is not a piece already"
            if path
            else "none so frequent that is cut into so many pieces",
            expected="one or more",
            next_step="add words to --words_file"
            if path
            else "make --min_frequency or --min_pieces lower, or give more "
            "text",
            path=path,
        )
    if room is not None and len(words) > room:
        raise InputError(
            "there are more words than [unused] places",
            got=f"{len(words)} words",
            expected=f"{room} at most",
            next_step="shorten the list, or use --mode=append",
            path=path,
        )


def held_out_changes(
    sample: CorpusSample, tokenizer: GrowingTokenizer, extension: Extension
) -> CutChanges:
    """Returns how the held-out text is cut before and after."""
    texts = sample.texts(held_out=True)
    counts: Mapping[str, int]
    num_too_long = 0
    if isinstance(tokenizer, WordPieceTokenizer):
        words = count_words(texts, rules_of(tokenizer))
        counts, num_too_long = words.counts, words.num_too_long
    else:
        counts = parts_of(texts)
    return cut_changes(
        counts, tokenizer, extension.vocabulary, num_too_long=num_too_long
    )
