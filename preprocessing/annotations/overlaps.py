"""Mentions -> those that one row of tags can hold, by a policy, counted.

A word has one tag: mentions that overlap, and mentions of several parts, need
a decision. Each one that is left out is counted under its reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from foundation.errors import InputError
from preprocessing.annotations.document import (
    LEFT_OUT,
    Account,
    AnnotatedDocument,
    Mention,
    surface_of,
)

OVERLAPS = ("longest", "first", "error")
DISCONTINUOUS = ("whole", "parts", "first", "error")

NOT_ASKED = LEFT_OUT + "of types not asked"
WITHOUT_WORD = LEFT_OUT + "without a word"
TWICE = LEFT_OUT + "told twice"
OVERLAPPING = LEFT_OUT + "overlapping another"
IN_PARTS = "of several parts"
MORE = "entities more than annotations, each part being one"
PARTS = "parts"  # the attribute of a mention that was one of several
_MADE = {
    "whole": "taken from first to last part",
    "parts": "made entities of their own",
    "first": "first part taken alone",
}


@dataclasses.dataclass(frozen=True)
class Policy:
    """What becomes of mentions that do not fit.

    Attributes:
      overlaps: of two that share a character, the longest stays (what is
        between its parts does not count), or the one that begins first; or
        that stops the work.
      discontinuous: a mention of several parts is taken from its first to its
        last part, or each part as a mention, or the first part alone; or that
        stops the work.
      types: those that are taken; None = all.
    """

    overlaps: str = "longest"
    discontinuous: str = "whole"
    types: Collection[str] | None = None


def asked_mentions(
    document: AnnotatedDocument, policy: Policy, *, account: Account
) -> AnnotatedDocument:
    """Returns the document with the mentions of the types asked for."""
    if policy.types is None:
        return document
    kept = tuple(m for m in document.mentions if m.type in policy.types)
    account[NOT_ASKED] += len(document.mentions) - len(kept)
    return dataclasses.replace(document, mentions=kept)


def with_text(
    document: AnnotatedDocument, *, account: Account
) -> AnnotatedDocument:
    """Returns the document without mentions of white space alone."""
    kept = tuple(
        mention
        for mention in document.mentions
        if surface_of(document.text, mention.fragments)
    )
    account[WITHOUT_WORD] += len(document.mentions) - len(kept)
    return dataclasses.replace(document, mentions=kept)


def in_one_part(
    document: AnnotatedDocument, policy: Policy, *, account: Account
) -> AnnotatedDocument:
    """Returns the document with mentions of one part each.

    Raises:
      InputError: one has several, and the policy is "error".
    """
    mentions: list[Mention] = []
    for mention in document.mentions:
        if len(mention.fragments) == 1:
            mentions.append(mention)
            continue
        how = policy.discontinuous
        if how == "error":
            raise _refusal(
                document,
                f"an annotation of {len(mention.fragments)} parts",
                "--discontinuous=whole, parts or first",
            )
        account[f"{IN_PARTS}: {_MADE[how]}"] += 1
        made = _made(mention, how)
        account[MORE] += len(made) - 1
        mentions += made
    return dataclasses.replace(document, mentions=tuple(mentions))


def _made(mention: Mention, how: str) -> list[Mention]:
    if how == "whole":
        known = {**mention.attributes, PARTS: mention.fragments}
        return [Mention(mention.id, mention.type, (mention.whole,), known)]
    parts = [
        dataclasses.replace(mention, id=f"{mention.id}.{n}", fragments=(part,))
        for n, part in enumerate(mention.fragments, 1)
    ]
    if how == "first":
        return [dataclasses.replace(parts[0], id=mention.id)]
    return parts


def without_overlaps(
    document: AnnotatedDocument, policy: Policy, *, account: Account
) -> AnnotatedDocument:
    """Returns the document with mentions that share no character, in order.

    Of the same span and type twice, one stays under every policy.

    Args:
      document: its mentions are of one part each.
      policy: says which one stays.
      account: counts those that do not.

    Raises:
      InputError: two overlap, and the policy is "error".
    """
    mentions = list({(m.whole, m.type): m for m in document.mentions}.values())
    account[TWICE] += len(document.mentions) - len(mentions)
    if policy.overlaps == "first":
        mentions.sort(key=lambda m: (m.whole[0], -m.whole[1]))
    else:
        mentions.sort(key=lambda m: (-_num_annotated(m), m.whole))
    kept = _greedy(mentions)
    left = len(mentions) - len(kept)
    if left and policy.overlaps == "error":
        raise _refusal(
            document,
            f"{left} annotations that overlap others",
            "--overlaps=longest or first",
        )
    account[OVERLAPPING] += left
    kept.sort(key=lambda m: m.whole)
    return dataclasses.replace(document, mentions=tuple(kept))


def _num_annotated(mention: Mention) -> int:
    """Returns a mention's characters, without what is between its parts."""
    parts = mention.attributes.get(PARTS, mention.fragments)
    return sum(end - start for start, end in parts)


def _greedy(mentions: Sequence[Mention]) -> list[Mention]:
    """Keeps each mention that shares no character with one before it."""
    taken: set[int] = set()
    kept = []
    for mention in mentions:
        places = range(*mention.whole)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(mention)
    return kept


def _refusal(
    document: AnnotatedDocument, got: str, next_step: str
) -> InputError:
    return InputError(
        "the document has annotations that do not fit",
        got=got,
        expected="annotations of one part that do not overlap",
        next_step=next_step,
        path=document.id,
    )
