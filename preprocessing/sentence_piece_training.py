"""Lines of text -> a SentencePiece model, with the options of ALBERT's.

The library does the learning; here are the options of google-research/albert's
README, which are also those stored in 30k-clean.model, and what makes a run
repeatable. The library draws its sample of lines with a seed that changes from
process to process, whatever it is told; so it is never given more lines than
it keeps, and those are chosen here, evenly spread. And its unigram training
adds up floats thread by thread, so the number of threads is fixed, not that of
the machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import InputError

CONTROL_SYMBOLS = ("[CLS]", "[SEP]", "[MASK]")
# In 30k-clean.model; the comma is none of them.
USER_DEFINED_SYMBOLS = ("(", ")", '"', "-", ".", "–", "£", "€")
_TOO_LARGE = re.compile(r"set it to a value <= (\d+)")
_TOO_SMALL = re.compile(r"smaller than required_chars\. \d+ vs (\d+)")
_ONLY_ERRORS = 2  # of the library's log levels


@dataclass(frozen=True)
class SentencePieceOptions:
    """How a model is trained; the defaults are ALBERT's.

    Attributes:
      model_type: "unigram", or "bpe" as SciBERT's.
      vocab_size: pieces of the model, symbols included.
      character_coverage: share of the text's characters that get a piece.
      control_symbols: pieces that no text has.
      user_defined_symbols: pieces that are always cut out as they are.
      pad: whether <pad> is piece 0; then <unk> is 1, else 0.
      normalization: the library's rule: "nmt_nfkc", or "identity" for none.
      input_sentence_size: lines that are learned from at most.
      max_sentence_length: bytes; longer lines are left out, as the library
        does.
      num_threads: the result of "unigram" depends on it.
    """

    model_type: str = "unigram"
    vocab_size: int = 30_000
    character_coverage: float = 0.99995
    control_symbols: tuple[str, ...] = CONTROL_SYMBOLS
    user_defined_symbols: tuple[str, ...] = USER_DEFINED_SYMBOLS
    pad: bool = True
    normalization: str = "nmt_nfkc"
    input_sentence_size: int = 10_000_000
    max_sentence_length: int = 4192
    num_threads: int = 16

    def for_library(self) -> dict[str, Any]:
        """Returns the arguments of SentencePieceTrainer.train."""
        return {
            "model_type": self.model_type,
            "vocab_size": self.vocab_size,
            "character_coverage": self.character_coverage,
            "control_symbols": list(self.control_symbols),
            "user_defined_symbols": list(self.user_defined_symbols),
            "pad_id": 0 if self.pad else -1,
            "unk_id": 1 if self.pad else 0,
            "bos_id": -1,
            "eos_id": -1,
            "normalization_rule_name": self.normalization,
            "input_sentence_size": self.input_sentence_size,
            "shuffle_input_sentence": True,
            "max_sentence_length": self.max_sentence_length,
            "num_threads": self.num_threads,
            "minloglevel": _ONLY_ERRORS,
        }


@dataclass(frozen=True)
class TrainedModel:
    """A model and the lines it was trained on.

    Attributes:
      model: what stands in the .model file.
      num_lines: lines learned from.
      num_too_long: lines left out because they are too long.
    """

    model: bytes
    num_lines: int
    num_too_long: int

    def vocab_text(self) -> str:
        """Returns what stands in the .vocab file: pieces and scores."""
        processor = _processor(self.model)
        return "".join(
            f"{processor.id_to_piece(i)}\t{processor.get_score(i):g}\n"
            for i in range(processor.get_piece_size())
        )

    def pieces(self) -> list[str]:
        """Returns the pieces that text can have; no <unk>, no [CLS]."""
        processor = _processor(self.model)
        return [
            processor.id_to_piece(i)
            for i in range(processor.get_piece_size())
            if not (
                processor.is_control(i)
                or processor.is_unknown(i)
                or processor.is_unused(i)
            )
        ]


def _processor(model: bytes) -> Any:
    import sentencepiece  # deferred: what does not train must not pay for it

    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(model)
    return processor


def spread_lines(
    lines: Iterable[str], *, num_lines: int, num_wanted: int
) -> Iterator[str]:
    """Yields so many of the lines, evenly spread.

    Args:
      lines: not blank ones.
      num_lines: how many there are, at most.
      num_wanted: how many are kept, at most.
    """
    num_wanted = min(num_wanted, num_lines)
    for i, line in enumerate(lines):
        if (i + 1) * num_wanted // num_lines > i * num_wanted // num_lines:
            yield line


def train_sentencepiece(
    lines: Iterable[str], options: SentencePieceOptions
) -> TrainedModel:
    """Trains a model.

    Args:
      lines: cleaned text, not more than `options.input_sentence_size` lines,
        or the result depends on chance. They are read once.
      options: those of the library.

    Raises:
      InputError: no line to learn from, or a vocabulary that the text cannot
        fill or that has no room for its characters.
    """
    import sentencepiece  # deferred: --help must not pay for it

    feed = _Feed(lines, options.max_sentence_length)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(feed),
            model_writer=model,
            **options.for_library(),
        )
    except RuntimeError as error:
        if feed.error is not None:  # the library makes a RuntimeError of it
            raise feed.error from None
        raise _refusal(error, options, feed) from error
    return TrainedModel(model.getvalue(), feed.num_lines, feed.num_too_long)


@dataclass
class _Feed:
    """Lines on their way into the library, counted."""

    lines: Iterable[str]
    max_bytes: int
    num_lines: int = 0
    num_too_long: int = 0
    error: Exception | None = field(default=None)

    def __iter__(self) -> Iterator[str]:
        try:
            for line in self.lines:
                if len(line.encode()) > self.max_bytes:
                    self.num_too_long += 1
                    continue
                self.num_lines += 1
                yield line
        except Exception as error:
            self.error = error
            raise


def _refusal(
    error: RuntimeError, options: SentencePieceOptions, feed: _Feed
) -> Exception:
    """Tells the library's error in our words, where a person can mend it."""
    if not feed.num_lines:
        return InputError(
            "there is no text to learn from",
            got=f"{feed.num_too_long} lines, all longer than "
            f"{feed.max_bytes} bytes"
            if feed.num_too_long
            else "no line",
            expected="UTF-8 text, one sentence a line",
            next_step="cut lines into sentences, or raise --max_sentence_length"
            if feed.num_too_long
            else "look at the files that --input_file names",
        )
    too_large = _TOO_LARGE.search(str(error))
    if too_large:
        return InputError(
            "the text does not hold so many pieces",
            got=f"--vocab_size={options.vocab_size} for {feed.num_lines} lines",
            expected=f"{too_large[1]} at most",
            next_step=f"give --vocab_size={too_large[1]}, or more text",
        )
    too_small = _TOO_SMALL.search(str(error))
    if too_small:
        return InputError(
            "the vocabulary is too small for its characters",
            got=f"--vocab_size={options.vocab_size}",
            expected=f"more than {too_small[1]}: the symbols, and characters "
            f"for {options.character_coverage} of the text",
            next_step="make --vocab_size larger, or --character_coverage lower",
        )
    return error
