r"""A note -> the segments that clinicalBERT's published splitter returns.

`sent_tokenize_rules` of heuristic_tokenize.py, on whose output the published
models were trained, written anew from a description of what it does. Its
defects are kept, each named where it happens; sections.py is without them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator

_RULES = (  # runs that become a paragraph of their own
    (re.compile(r"---+"), "-----"),
    (re.compile(r"___+"), "_____"),
)
_LINE_PAIRS = (
    re.compile(r"\s*(Admission Date:)(.*)(Discharge Date:)(.*)"),
    re.compile(r"\s*(Date of Birth:)(.*)(Sex:)(.*)"),
)
_HEADER = re.compile(r"^\s*([A-Z][^\n:]+:)", re.MULTILINE)
_INLINE_TITLE = re.compile(r"^\s*([a-zA-Z ]+:) ", re.MULTILINE)
_ITEM = re.compile(r"\n\s*(\d+)\.")
_PARENTHESES = re.compile(r"\([^()]*\)|[()]")
_SMALL_WORDS = frozenset({"of", "on", "or"})


def split(text: str) -> list[str]:
    """Returns the segments of a note, in order.

    Raises:
      ValueError: where the published program raised, so that its caller
        dropped the note: a list that counts further than it has lines, or a
        note without text behind its line of dates.
    """
    segments = _dates_cut(_paragraphs(text))
    segments = _each(segments, _by_header)
    for _, line in reversed(_RULES):
        segments = _each(segments, functools.partial(_by_rule, rule=line))
    segments = _each(segments, _by_item)
    segments = _each(segments, _by_inline_title)
    return _joined(segments)


def is_title(text: str) -> bool:
    """Returns whether a text is a heading by the published rules."""
    if not text.endswith(":"):
        return False
    text = _PARENTHESES.sub("", text[:-1])
    if text == "Disp":  # "Disp:" is of a line of a prescription
        return False
    words = text.split()
    return all(w[0].isupper() for w in words if w not in _SMALL_WORDS)


def _each(
    segments: list[str], cut: Callable[[str], Iterator[str]]
) -> list[str]:
    return [piece for segment in segments for piece in cut(segment)]


def _paragraphs(text: str) -> list[str]:
    for run, line in _RULES:
        text = run.sub(f"\n\n{line}\n\n", text)
    text = re.sub(r"\n\n+", "\n\n", text)
    return [p.strip() for p in text.split("\n\n") if p.strip()]


def _dates_cut(segments: list[str]) -> list[str]:
    """Cuts the lines of dates that a discharge summary begins with."""
    head: list[str] = []
    for pair in _LINE_PAIRS:
        if not segments:
            raise ValueError("got no text, expected some behind the dates")
        found = pair.match(segments[0])
        if found is not None:
            head += [part.strip() for part in found.groups()]
            # A defect: the other lines of the segment are lost.
            segments = segments[1:]
    return head + segments


def _by_header(segment: str) -> Iterator[str]:
    for header in _HEADER.findall(segment):
        if not is_title(header):
            continue
        before, _, segment = segment.partition(header)
        if before.strip():
            yield before.strip()
        yield header.strip()
        segment = segment.strip()
    if segment.strip():
        yield segment.strip()


def _by_rule(segment: str, *, rule: str) -> Iterator[str]:
    parts = segment.split(rule)
    for i, part in enumerate(parts):
        if i:
            yield rule
        if part.strip():
            yield part.strip()


def _by_item(segment: str) -> Iterator[str]:
    segment = "\n" + segment
    first = _ITEM.search(segment)
    if first is None:
        yield segment.strip()
        return
    count = 0
    for number in itertools.count(int(first[1])):
        # A defect: the dot is any character, so "10" counts as item 1.
        if not re.search(rf"\n\s*{number}.", segment):
            break
        count += 1
    for _ in range(count):
        found = _ITEM.search(segment)
        if found is None:
            raise ValueError("got fewer numbered lines than were counted")
        before = segment[: found.start()].strip()
        if before:
            yield before
        segment = segment[found.start() :].strip()
    if segment:
        yield segment


def _by_inline_title(segment: str) -> Iterator[str]:
    start = 0
    lines = segment.split("\n")
    for i, line in enumerate(lines):
        found = _INLINE_TITLE.match(line)
        if i > start and found is not None and is_title(found[1]):
            yield "\n".join(lines[start:i]).strip()
            start = i
    yield "\n".join(lines[start:]).strip()


def _joined(segments: list[str]) -> list[str]:
    joined: list[str] = []
    for i, segment in enumerate(segments):
        follows_title = i > 0 and is_title(segments[i - 1])
        if is_title(segment) or "\n" in segment or not follows_title:
            joined.append(segment)
        elif i + 1 == len(segments) or is_title(segments[i + 1]):
            joined[-1] = f"{segments[i - 1]} {segment}"
        # A defect: else it is dropped, as a list's first line often is.
    return joined
