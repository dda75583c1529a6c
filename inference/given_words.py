"""Words that somebody has told apart -> a text and their spans in it.

The text is the words joined by one space, and the sentences joined by a line
feed. Each word is one span, whatever is in it; white space at its ends is not
part of the span, and a word of nothing else has none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from inference.text_stream import read_lines
from preprocessing.word_spans import Span
from tasks.columns import Layout, guess_layout
from tasks.readers import read_tagged_sentences

_SAMPLE = 1000  # lines looked at for a header, as in tasks/columns.py

Sentences = tuple[tuple[Span, ...], ...]


def join_words(words: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """Returns the text of one sentence and the spans of its words."""
    spans: list[Span] = []
    start = 0
    for word in words:
        core = word.strip()
        if core:
            first = start + word.index(core)
            spans.append((first, first + len(core)))
        start += len(word) + 1
    return " ".join(words), tuple(spans)


def read_word_file(
    path: str, *, max_part: int
) -> Iterator[tuple[str, Sentences]]:
    """Yields parts of the document in a file with one word a line.

    Args:
      path: as for tasks.readers; what is in its tag column is not used.
      max_part: characters after which a part ends, with its sentence.

    Raises:
      InputError: the file cannot be read as words.
    """
    tag_column = -1 if _has_header(path) else None
    sentences = read_tagged_sentences(path, tag_column=tag_column)
    yield from _parts((s.words for s in sentences), max_part)


def _has_header(path: str) -> bool:
    """Returns whether the first line names columns, the word's among them."""
    lines = [
        (number, line.removesuffix("\r"))
        for number, line in itertools.islice(read_lines(path), _SAMPLE)
        if line.strip()
    ]
    if not lines:
        return False
    layout = guess_layout(lines, Layout(""))
    return layout.has_header and len(layout.split(lines[0][1])) > 1


def _parts(
    sentences: Iterable[Sequence[str]], max_part: int
) -> Iterator[tuple[str, Sentences]]:
    texts: list[str] = []
    spans: list[tuple[Span, ...]] = []
    length = 0  # of the texts and the line feed before each but the first
    is_first = True
    for words in sentences:
        if length >= max_part:
            yield "".join(texts), tuple(spans)
            texts, spans, length = [], [], 0
        text, of_sentence = join_words(words)
        if not is_first:
            texts.append("\n")
            length += 1
        is_first = False
        spans.append(tuple((length + a, length + b) for a, b in of_sentence))
        texts.append(text)
        length += len(text)
    yield "".join(texts), tuple(spans)
