"""A text and its annotated mentions: what every format is read to.

Offsets are characters (code points) of the text; an end is exclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import InputError
from preprocessing.relations.document import Place
from preprocessing.word_spans import Span

MISMATCHES = ("error", "keep", "move")
# Of an .ann file to which brat gave no type, say.
NO_TYPE = "Entity"

Account = Counter[str]  # what was read, written and left out, by what it is

LEFT_OUT = "left out: "  # begins the names of what was not written
ANNOTATIONS = "annotations"
MOVED = "texts that differ: moved to the nearest place"
KEPT = "texts that differ: offsets kept"
BREAKS = "line ends written as blanks"
OTHER_KINDS = "left alone: relations, events and other kinds"


@dataclass(frozen=True)
class Mention:
    """An annotated entity.

    Attributes:
      id: unique in its document.
      type: as the format names it.
      fragments: its parts, in order; more than one in "left and right arm".
      attributes: what else the format says of it, by name.
    """

    id: str
    type: str
    fragments: tuple[Span, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> Span:
        """From the start of the first part to the end of the last one."""
        starts, ends = zip(*self.fragments, strict=True)
        return min(starts), max(ends)


@dataclass(frozen=True)
class AnnotatedDocument:
    """One note, abstract or file.

    Attributes:
      id: unique in the corpus.
      text: as the offsets count it.
      mentions: in the order of the file.
      sections: parts that no sentence leaves (title, abstract); none = the
        whole text is one.
    """

    id: str
    text: str
    mentions: tuple[Mention, ...]
    sections: tuple[Span, ...] = ()


def surface_of(text: str, fragments: Sequence[Span]) -> str:
    """Returns the text of a mention's parts, on one line."""
    found = " ".join(text[start:end] for start, end in fragments)
    return " ".join(found.split())


@dataclass(frozen=True)
class SurfaceCheck:
    """Compares what a file says a mention reads with what stands there.

    Attributes:
      mismatches: one of MISMATCHES: stop; keep the offsets; or take the
        nearest place that has the text, where there is one.
      account: counts what was kept and moved.
      ignores_case: i2b2's .con files are in lower case.
    """

    mismatches: str
    account: Account
    ignores_case: bool = False

    def checked(
        self,
        text: str,
        fragments: Sequence[Span],
        surface: str,
        *,
        place: Place,
    ) -> tuple[Span, ...]:
        """Returns the parts, moved where that is asked for.

        Args:
          text: of the document.
          fragments: as the file has them.
          surface: what they read, by the file.
          place: of the annotation.

        Raises:
          InputError: a part is outside the text, or the texts differ and
            `mismatches` is "error". Text is not shown.
        """
        _check_inside(text, fragments, place=place)
        here = tuple(fragments)
        found = self._as_compared(surface_of(text, here))
        wanted = self._as_compared(surface)
        if "".join(found.split()) == "".join(wanted.split()):
            return here
        if self.mismatches == "move" and wanted:
            moved = self._nearest(text, wanted, start=here[0][0])
            if moved is not None:
                self.account[MOVED] += 1
                return (moved,)
        if self.mismatches != "error":
            self.account[KEPT] += 1
            return here
        raise InputError(
            "an annotation's text is not what stands at its offsets",
            got=f"{len(wanted)} characters, others than characters "
            f"{here[0][0]} to {here[-1][1]}",
            expected="the same text",
            next_step="mend it, or add --mismatches=move (to the nearest "
            "place that has the text) or --mismatches=keep",
            path=place.path,
            line=place.line,
        )

    def _as_compared(self, text: str) -> str:
        # A byte-order mark is in the text, but in few people's annotations.
        on_one_line = " ".join(text.replace("\ufeff", "").split())
        return on_one_line.lower() if self.ignores_case else on_one_line

    def _nearest(self, text: str, wanted: str, *, start: int) -> Span | None:
        # Each white space is one character in what is searched, so that
        # offsets stay. A letter may lower-case to two: then nothing is moved.
        flat = "".join(" " if char.isspace() else char for char in text)
        if self.ignores_case and len(flat.lower()) == len(flat):
            flat = flat.lower()
        places, at = [], flat.find(wanted)
        while at >= 0:
            places.append(at)
            at = flat.find(wanted, at + 1)
        if not places:
            return None
        nearest = min(places, key=lambda place: abs(place - start))
        return nearest, nearest + len(wanted)


def _check_inside(
    text: str, fragments: Sequence[Span], *, place: Place
) -> None:
    """Raises InputError unless there are parts, all of them in the text."""
    for start, end in fragments or [(0, 0)]:
        if not 0 <= start < end <= len(text):
            raise InputError(
                "an annotation is outside its text",
                got=f"characters {start} to {end}",
                expected=f"0 to {len(text)}, the text's length",
                next_step="check that text and annotations are of one version",
                path=place.path,
                line=place.line,
            )


def check_new_ids(ids: Sequence[str], *, what: str, place: Place) -> None:
    """Raises InputError where an id comes twice."""
    twice = len(ids) - len(set(ids))
    if twice:
        raise InputError(
            f"two {what} have one id",
            got=f"{twice} ids that an earlier one has",
            expected="an id of its own for each",
            next_step="rename or remove one",
            path=place.path,
            line=place.line,
        )
