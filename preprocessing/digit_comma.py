"""ALBERT's rule for "1990,", as a regular expression that cuts before Unigram.

The original looks at what the model gave: of a piece "▁1990," it makes
"▁1990" and ",". A reader of tokenizer.json cannot look back. But it can be
kept from ever giving such a piece, and most of the time the best pieces
without it are the ones wanted. Where they are not, since a longer piece spans
the comma ("11,4" gives "▁1" "1,4"), the comma is cut off beforehand. Which
texts those are is found by asking the model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from preprocessing.sentence_piece import WORD_START, SentencePieceTokenizer

# Digits after the comma that are looked at; what follows them counts as if it
# were a letter.
MAX_DIGITS = 3
_DIGITS = "0123456789"
# What stands in ALBERT's pieces behind a digit, and can move the cut.
_ENDS = ("%", "/", ",000")
_OTHER_END = "(?![0-9%/]|,000)"


@dataclass(frozen=True)
class DigitComma:
    """How the rule is carried.

    Attributes:
      pieces: ids of the pieces that the model must not give.
      pattern: finds the commas that are cut off, in words that begin with
        "▁"; None = none has to be.
      not_carried: how many pieces have no such form.
    """

    pieces: frozenset[int]
    pattern: str | None
    not_carried: int


def digit_comma(tokenizer: SentencePieceTokenizer) -> DigitComma:
    """Returns the rule of a model's pieces; some seconds for ALBERT's."""
    texts = {i: tokenizer.all_pieces[i] for i in tokenizer.comma_rule}
    # A piece that does not begin a word gives a "▁" inside of it.
    carried = {
        i: text for i, text in texts.items() if text.startswith(WORD_START)
    }
    spanning = [
        piece
        for piece in tokenizer.all_pieces
        if "," in piece[:-1] and len(piece) > 1
    ]
    groups: dict[str, list[str]] = defaultdict(list)
    for i, text in carried.items():
        number = text[:-1]
        tails = {
            after
            for before, _, after in (p.partition(",") for p in spanning)
            if number.endswith(before)
        }
        if tails:
            groups[_kept(tokenizer, i, tails)].append(number)
    return DigitComma(
        pieces=frozenset(carried),
        pattern="|".join(map(_alternative, groups.items())) or None,
        not_carried=len(texts) - len(carried),
    )


def _alternative(group: tuple[str, Sequence[str]]) -> str:
    kept, numbers = group
    before = "|".join(map(re.escape, sorted(numbers)))
    unless = f"(?!{kept})" if kept else ""
    return f"(?<={before}),(?=[0-9]){unless}"


def _kept(
    tokenizer: SentencePieceTokenizer, piece_id: int, tails: set[str]
) -> str:
    """Returns an expression for what may follow where the piece is not given.

    Args:
      tokenizer: with the model.
      piece_id: of a piece such as "▁11,".
      tails: what longer pieces have behind the comma: nothing else can keep
        the model from the piece.
    """
    text = tokenizer.all_pieces[piece_id][len(WORD_START) :]

    def is_given(after: Sequence[str]) -> list[bool]:
        ids = tokenizer.processor.encode(
            [text + tail for tail in after], out_type=int, num_threads=1
        )
        return [bool(row) and row[0] == piece_id for row in ids]

    return _expression("", tails, is_given)


def _expression(
    digits: str,
    tails: set[str],
    is_given: Callable[[Sequence[str]], list[bool]],
) -> str:
    """Returns alternatives for what comes after `digits`; "" = none."""
    if not any(t.startswith(digits) or digits.startswith(t) for t in tails):
        return ""
    given = is_given([digits, *(digits + end for end in _ENDS)])
    if len(digits) == MAX_DIGITS:
        return "" if given[0] else "#"
    parts = [] if given[0] or not digits else [_OTHER_END]
    if digits:
        parts += [end for end, g in zip(_ENDS, given[1:], strict=True) if not g]
    groups: dict[str, str] = defaultdict(str)
    for digit in _DIGITS:
        after = _expression(digits + digit, tails, is_given)
        if after:
            groups[after] += digit
    for after, starts in groups.items():
        one = starts if len(starts) == 1 else f"[{starts}]"
        parts.append(one + ("" if after == "#" else f"(?:{after})"))
    return "|".join(parts)
