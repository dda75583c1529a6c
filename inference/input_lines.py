r"""A file with a text a line, or a pair of texts -> rows of ids.

The reading is that of google-research/bert's extract_features.py: a line ends
at \n alone and every \r is deleted, white space at its ends is not read, the
last " ||| " parts two texts, and an empty line is a row as any other.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import numpy as np

from foundation.errors import InputError
from inference import text_stream
from preprocessing.piece_words import encode_words
from preprocessing.tokenization import Tokenizer
from preprocessing.word_spans import Span
from tasks.pair_features import featurize_pair, kept_of_pair

_PAIR = re.compile(r"(.*) \|\|\| (.*)")  # greedy: the last one parts them


@dataclasses.dataclass(frozen=True)
class InputLine:
    r"""A line as it is read.

    Attributes:
      text_a: the first text, or all there is.
      text_b: the second; None where the line has one text.
      start_a: where it begins in the line, in characters without \r.
      start_b: the same of the second.
    """

    text_a: str
    text_b: str | None = None
    start_a: int = 0
    start_b: int = 0


@dataclasses.dataclass(frozen=True)
class InputRow:
    """A line as the encoder gets it.

    Attributes:
      input_ids: int32 [n]: [CLS] a [SEP], and b [SEP] of a pair.
      segment_ids: int32 [n].
      num_cut: pieces that had no room.
      words: int32 [n]: the number of each piece's word, -1 for [CLS] and
        [SEP]; None where words were not asked for.
      spans: of the words, in characters of the line.
    """

    input_ids: np.ndarray
    segment_ids: np.ndarray
    num_cut: int
    words: np.ndarray | None = None
    spans: tuple[Span, ...] = ()


def read_plain_lines(path: str, *, flag: str = "input_file") -> Iterator[str]:
    """Yields the lines of a file as they stand; needs one of them in memory.

    Args:
      path: the file.
      flag: that named it, for errors.

    Raises:
      InputError: missing, a folder, empty, binary, or not UTF-8.
    """
    waiting: str | None = None
    for _, line in text_stream.read_lines(
        path, what=f"--{flag}", next_step=f"check --{flag}"
    ):
        if waiting is not None:
            yield waiting
        waiting = line
    if waiting and waiting.strip("\r"):  # nothing after the last line feed
        yield waiting


def read_input_lines(path: str) -> Iterator[InputLine]:
    """Yields the lines of a file, parsed; as `read_plain_lines`."""
    yield from map(parse_line, read_plain_lines(path))


def parse_line(line: str) -> InputLine:
    """Returns the text or the two texts of a line."""
    line = line.replace("\r", "")
    text = line.strip()
    start = len(line) - len(line.lstrip())
    match = _PAIR.fullmatch(text)
    if match is None:
        return InputLine(text, start_a=start)
    return InputLine(match[1], match[2], start, start + match.start(2))


def make_row(
    line: InputLine,
    *,
    tokenizer: Tokenizer,
    max_seq_length: int,
    with_words: bool = False,
) -> InputRow:
    """Returns the ids of a line, cut as the original cuts them.

    Args:
      line: one text or two.
      tokenizer: of the model.
      max_seq_length: longest row, at least 3, for pairs at least 5.
      with_words: whether each piece's word is told.

    Raises:
      InputError: words that the tokenizer cannot tell.
    """
    if not with_words:
        pair = featurize_pair(
            tokenizer.encode(line.text_a),
            tokenizer.encode(line.text_b or ""),
            tokenizer=tokenizer,
            max_seq_length=max_seq_length,
        )
        return InputRow(pair.input_ids, pair.segment_ids, pair.num_cut)
    first = encode_words(tokenizer, line.text_a)
    second = encode_words(tokenizer, line.text_b or "")
    pair = featurize_pair(
        first.ids,
        second.ids,
        tokenizer=tokenizer,
        max_seq_length=max_seq_length,
    )
    special = 3 if second.ids else 2  # [CLS] and [SEP]s
    kept_a, kept_b = kept_of_pair(
        len(first.ids), len(second.ids), room=max_seq_length - special
    )
    words = np.full(len(pair.input_ids), -1, np.int32)
    words[1 : 1 + kept_a] = first.words[:kept_a]
    if second.ids:
        of_second = second.words[:kept_b] + len(first.spans)
        words[2 + kept_a : 2 + kept_a + kept_b] = of_second
    spans = _shifted(first.spans, line.start_a)
    spans += _shifted(second.spans, line.start_b)
    return InputRow(
        pair.input_ids, pair.segment_ids, pair.num_cut, words, tuple(spans)
    )


def _shifted(spans: list[Span], start: int) -> list[Span]:
    return [(start + a, start + b) for a, b in spans]


@dataclasses.dataclass(frozen=True)
class InputCounts:
    """How much there is to do.

    Attributes:
      num_lines: lines, empty ones too.
      num_pairs: lines of two texts.
    """

    num_lines: int
    num_pairs: int


def count_input(path: str) -> InputCounts:
    """Reads a file once: how many lines there are, and that all can be read.

    Raises:
      InputError: as `read_input_lines`, or it has no line.
    """
    num_lines = num_pairs = 0
    for line in read_input_lines(path):
        num_lines += 1
        num_pairs += bool(line.text_b)
    if not num_lines:
        raise InputError(
            "--input_file has no lines",
            got="a byte-order mark alone",
            expected="a text a line",
            next_step="check --input_file",
            path=path,
        )
    return InputCounts(num_lines, num_pairs)
