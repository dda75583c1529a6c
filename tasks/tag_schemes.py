"""Tag schemes of corpora, and any of them as IOB2.

IOB1, IOB2, IOBES (= BIOES), BILOU and BMEWO say the same with other letters:

| letters | meaning here                                             |
|---------|----------------------------------------------------------|
| B       | starts an entity                                         |
| I, M    | goes on; after O, or with another type, it starts one    |
| E, L    | goes on (or starts, if ill-formed) and ends              |
| S, U, W | an entity of one word                                    |
| O       | outside                                                  |

For B, I and O these are the rules of conlleval, so that the entities of a
sequence are the same before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from tasks.readers import TaggedSentence

OUTSIDE = "O"
_INSIDE = frozenset("IM")
_LAST = frozenset("EL")
_SINGLE = frozenset("SUW")
PREFIXES = frozenset("BO") | _INSIDE | _LAST | _SINGLE

LABEL_SCHEMES = ("word", "biobert")


def split_tag(tag: str) -> tuple[str, str]:
    """Splits "B-cell-line" into ("B", "cell-line"); a bare "B" has type ""."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def to_iob2(tags: Sequence[str]) -> list[str]:
    """Rewrites the tags of one sentence in IOB2, typed or not.

    Raises:
      InputError: a tag with another letter than the table's.
    """
    result: list[str] = []
    open_type: str | None = None  # type of the entity that may still go on
    for tag in tags:
        prefix, kind = split_tag(tag)
        if prefix not in PREFIXES:
            raise _unknown_tag(tag)
        if prefix == OUTSIDE:
            result.append(OUTSIDE)
            open_type = None
            continue
        goes_on = open_type == kind and prefix in _INSIDE | _LAST
        letter = "I" if goes_on else "B"
        result.append(f"{letter}-{kind}" if kind else letter)
        open_type = None if prefix in _LAST | _SINGLE else kind
    return result


def _unknown_tag(
    tag: str, *, path: str | None = None, line: int | None = None
) -> InputError:
    # The value is not shown: a column without B- and I- may well be text, and
    # a patient's name is shaped like a tag (DESIGN 2.11).
    return InputError(
        "not a tag of a known scheme",
        got=f"{len(tag)} characters without such a prefix",
        expected="O, or B, I, E, S (L, U, M, W) alone or before -<type>",
        next_step="check which column is the tag and that a first line with "
        "column names is removed; write classes as B-<type>, I-<type>",
        path=path,
        line=line,
    )


def normalize_tags(tags: Sequence[str], scheme: str) -> list[str]:
    """Returns tags as a label scheme wants them.

    Args:
      tags: as in the file.
      scheme: "word" rewrites them in IOB2. "biobert" keeps B, I and O as the
        original did; the letters of other schemes, which conlleval does not
        know, become B or I.
    """
    if scheme not in LABEL_SCHEMES:
        raise ValueError(
            f"label scheme: got {scheme!r}, expected one of {LABEL_SCHEMES}"
        )
    if scheme == "word":
        return to_iob2(tags)
    return [_with_known_letter(tag) for tag in tags]


def _with_known_letter(tag: str) -> str:
    prefix, kind = split_tag(tag)
    letter = prefix
    if prefix in _SINGLE:
        letter = "B"
    elif prefix in _LAST | _INSIDE:
        letter = "I"
    return f"{letter}-{kind}" if kind else letter


def is_typed(tags: Iterable[str]) -> bool:
    """Returns whether any tag names a type, as B-Disease does."""
    return any(split_tag(tag)[1] for tag in tags)


def types_of(tags: Iterable[str]) -> list[str]:
    """Lists the types that tags name, sorted; [""] when they name none."""
    return sorted({split_tag(t)[1] for t in tags if split_tag(t)[0] != OUTSIDE})


def check_tags(sentences: Iterable[TaggedSentence], path: str) -> None:
    """Raises InputError, with its line, for a tag of no known scheme."""
    for sentence in sentences:
        for offset, tag in enumerate(sentence.tags):
            if split_tag(tag)[0] not in PREFIXES:
                line = sentence.line + offset
                raise _unknown_tag(tag, path=path, line=line)


@dataclass(frozen=True)
class SchemeSummary:
    """Which scheme a file's tags follow, for the log.

    Attributes:
      scheme: "IOB2", "IOB1", "IOBES", "BILOU", "BMEWO" or "none" (all O).
      typed: tags name types.
      num_entities: entities in the file.
      num_repaired: entities that do not start as the scheme demands (an I
        after O in an IOB2 file); they are kept, as conlleval keeps them.
    """

    scheme: str
    typed: bool
    num_entities: int
    num_repaired: int


def summarize_scheme(sentences: Iterable[Sequence[str]]) -> SchemeSummary:
    """Recognises the scheme of many sentences and counts what breaks it."""
    letters: set[str] = set()
    typed = False
    num_entities = irregular = needless_b = 0
    for tags in sentences:
        previous: str = OUTSIDE
        for tag, standard in zip(tags, to_iob2(tags), strict=True):
            prefix, kind = split_tag(tag)
            letters.add(prefix)
            typed = typed or bool(kind)
            if standard.startswith("B"):
                num_entities += 1
                irregular += prefix in _INSIDE | _LAST
                # IOB1 has a B only between two entities of one type.
                touches = previous not in (OUTSIDE, "") and (
                    split_tag(previous)[1] == kind
                )
                needless_b += prefix == "B" and not touches
            previous = standard
    scheme = _name(letters, is_iob1=irregular > 0 and needless_b == 0)
    repaired = 0 if scheme == "IOB1" else irregular
    return SchemeSummary(scheme, typed, num_entities, repaired)


def _name(letters: set[str], *, is_iob1: bool) -> str:
    if letters & set("MW"):
        return "BMEWO"
    if letters & set("LU"):
        return "BILOU"
    if letters & set("ES"):
        return "IOBES"
    if letters <= {OUTSIDE}:
        return "none"
    return "IOB1" if is_iob1 else "IOB2"
