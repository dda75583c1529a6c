"""XML elements -> running text: blocks without line breaks.

Marks inside a line (<i>, <sup>, MathML) are taken away and their text stays
where it was: CO<sub>2</sub> is CO2. What is no running text is left out:
tables, figures, displayed formulas, TeX beside MathML, footnotes, and numbers
that point to references.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Of JATS (jats.nlm.nih.gov/archiving), and of MathML: the formula's source.
_LEFT_OUT = _words(
    """
    annotation annotation-xml disp-formula disp-formula-group fig fig-group fn
    fn-group graphic index-term inline-graphic inline-supplementary-material
    label media object-id permissions ref-list supplementary-material
    table-wrap table-wrap-group tex-math
    """
)
_BLOCKS = _words(
    """
    ack app boxed-text def def-item def-list disp-quote list list-item p
    preformat sec speech statement subtitle term title verse-group verse-line
    """
)
_HEADINGS = frozenset({"title", "subtitle"})
_POINTERS = frozenset({"aff", "bibr", "corresp", "fn", "table-fn"})
_SPACES = frozenset({"break"})
_HAS_WORDS = re.compile(r"[^\W\d_]{2}")  # "Smith 2001", not "12a"
_ALPHANUMERIC = re.compile(r"[^\W_]")
# What is left of [1-3] without its numbers.
_EMPTY_BRACKETS = re.compile(r"\s*[\[(][\s,;–—-]*[\])]")


@dataclass(frozen=True)
class Block:
    """A paragraph or a heading; never empty, no line breaks."""

    text: str
    is_heading: bool


def local_name(element: Element) -> str:
    """Returns an element's name without its namespace."""
    name: str = element.tag
    return name.rpartition("}")[2]


def plain(text: str | None) -> str:
    """Returns text with single blanks, and no other white space."""
    return " ".join((text or "").split())


def text_of(element: Element | None) -> str:
    """Returns all text of an element as one line; "" for None."""
    if element is None:
        return ""
    if not len(element):
        return plain(element.text)
    return " ".join(block.text for block in blocks_of(element))


def blocks_of(element: Element) -> list[Block]:
    """Returns the paragraphs and headings of an element, in order."""
    flow = _Flow()
    flow.walk(element)
    flow.flush(is_heading=False)
    return flow.blocks


class _Flow:
    """Text that is gathered until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._lacks_citations = False

    def walk(self, element: Element) -> None:
        """Adds an element's text, without what follows it."""
        name = local_name(element)
        if name in _LEFT_OUT:
            return
        if _is_citation(element, name):
            self._lacks_citations = True
            return
        is_block = name in _BLOCKS
        if is_block:
            self.flush(is_heading=False)
        elif name in _SPACES:
            self._parts.append(" ")
        self._parts.append(element.text or "")
        for child in element:
            self.walk(child)
            self._parts.append(child.tail or "")
        if is_block:
            self.flush(is_heading=name in _HEADINGS)

    def flush(self, *, is_heading: bool) -> None:
        """Ends a block."""
        text = plain("".join(self._parts))
        if self._lacks_citations:
            text = plain(_EMPTY_BRACKETS.sub("", text))
        if text:
            self.blocks.append(Block(text, is_heading))
        self._parts.clear()
        self._lacks_citations = False


def _is_citation(element: Element, name: str) -> bool:
    """Whether it is only numbers that point to references: 1, 3-5, a)."""
    if name == "xref":
        if element.get("ref-type") not in _POINTERS:
            return False
        return not _HAS_WORDS.search("".join(element.itertext()))
    if name != "sup" or not len(element):
        return False
    inside = [c for c in element if _is_citation(c, local_name(c))]
    beside = (element.text or "") + "".join(c.tail or "" for c in element)
    return len(inside) == len(element) and not _ALPHANUMERIC.search(beside)
