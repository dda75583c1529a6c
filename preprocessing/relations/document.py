"""A text with its entities and the relations between them.

What the readers of ChemProt, DDI and brat files give, and all that the tables
are made of. Offsets are characters (code points); an end is exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.word_spans import Span


@dataclass(frozen=True)
class Place:
    """Where something stands in a file, for messages.

    Attributes:
      path: of the file.
      line: 1-based; None where the format has none (XML).
    """

    path: str
    line: int | None = None


@dataclass(frozen=True)
class Entity:
    """A mention.

    Attributes:
      id: unique in its document.
      type: "CHEMICAL", "drug", ...
      fragments: its parts, in order; more than one in "left and right arm".
    """

    id: str
    type: str
    fragments: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """The first part: what a row marks or masks, as BLUE does."""
        return self.fragments[0]

    @property
    def envelope(self) -> Span:
        """From the start of the first part to the end of the last one."""
        ends = [end for _, end in self.fragments]
        return self.fragments[0][0], max(ends)


@dataclass(frozen=True)
class Relation:
    """A gold relation: its label and the ids of its two entities."""

    label: str
    first: str
    second: str


@dataclass(frozen=True)
class RelationDocument:
    """One abstract, XML sentence or .txt file.

    Attributes:
      id: what the rows' index begins with.
      text: as the offsets count it.
      sentences: spans, in order; no boundary is inside an entity.
      entities: in the order of the file.
      relations: those whose label is asked for.
      source: what is never in two splits: the abstract, the XML document.
      pairs: the pairs of entities that the corpus lists; None = all of them,
        by the rule of the corpus.
      not_asked: gold relations of other labels, such as ChemProt's groups
        that are not evaluated.
      other_text: entities whose text in the file differs from what stands at
        their offsets.
      not_listed: pairs that the corpus leaves out of its list.
      without_type: gold relations of DDI that only say that there is one.
      left_out: annotations of kinds that are no entity and no relation.
    """

    id: str
    text: str
    sentences: tuple[Span, ...]
    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    source: str
    pairs: tuple[tuple[str, str], ...] | None = None
    not_asked: int = 0
    other_text: int = 0
    not_listed: int = 0
    without_type: int = 0
    left_out: int = 0


def trimmed_fragments(
    text: str, fragments: Sequence[Span], *, place: Place, name: str
) -> tuple[Span, ...]:
    """Returns an entity's parts without white space at their ends.

    Args:
      text: of the document.
      fragments: as the file has them.
      place: of the entity.
      name: its id.

    Raises:
      InputError: a part is outside the text, or there is no text in it.
    """
    trimmed = []
    for start, end in fragments:
        if not 0 <= start < end <= len(text):
            raise InputError(
                "an entity is outside its text",
                got=f"characters {start} to {end} for {name}",
                expected=f"0 to {len(text)}, the text's length",
                next_step="check that text and annotations are of one version",
                path=place.path,
                line=place.line,
            )
        part = text[start:end]
        start += len(part) - len(part.lstrip())
        end -= len(part) - len(part.rstrip())
        if start < end:
            trimmed.append((start, end))
    if not trimmed:
        raise InputError(
            "an entity holds no text",
            got=f"white space alone for {name}",
            expected="at least one character",
            next_step="check its offsets",
            path=place.path,
            line=place.line,
        )
    return tuple(sorted(trimmed))


def has_text(text: str, fragments: Sequence[Span], surface: str) -> bool:
    """Returns whether an entity's text is what stands at its offsets.

    White space does not count: files have a line feed's entity in one line.
    """
    found = " ".join(text[start:end] for start, end in fragments)
    return found.split() == surface.split()


def check_arguments(
    relation: Relation, entities: Sequence[Entity], *, place: Place
) -> None:
    """Raises InputError where a relation names an entity that is not there."""
    known = {entity.id for entity in entities}
    for name in (relation.first, relation.second):
        if name not in known:
            raise InputError(
                "a relation names an entity that is not there",
                got=name,
                expected="the id of an entity of the same document",
                next_step="check that entities and relations are of one "
                "version",
                path=place.path,
                line=place.line,
            )
