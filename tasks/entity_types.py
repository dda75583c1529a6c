"""The entity types that sentences name: checked, counted, left out.

For corpora that keep one type of several (bc5cdr_chem) and for runs that ask
for some (--entity_types, --one_tagger_per_type).
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation.errors import InputError
from tasks.readers import TaggedSentence, is_tag_shaped
from tasks.tag_schemes import OUTSIDE, split_tag

UNTYPED = ""  # the type of a bare B or I
_SHOWN = 40  # types in a message

_log = logging.getLogger(__name__)


def check_types(
    sentences: Iterable[TaggedSentence],
    expected: Sequence[str],
    *,
    path: str,
) -> None:
    """Raises InputError, with its line, for a type that is not expected."""
    for sentence in sentences:
        for offset, tag in enumerate(sentence.tags):
            prefix, kind = split_tag(tag)
            if prefix == OUTSIDE or kind in expected:
                continue
            raise InputError(
                "an entity type of another corpus",
                got=tag if is_tag_shaped(tag) else "no tag",
                expected=f"the types {', '.join(expected)}, or tags without "
                "type throughout",
                next_step="check --data_dir, or use --task_name=ner, which "
                "takes any types",
                path=path,
                line=sentence.line + offset,
            )


def keep_types(
    sentences: Iterable[TaggedSentence], kinds: Sequence[str]
) -> list[TaggedSentence]:
    """Returns the sentences with O in place of every other type."""
    return [
        replace(
            sentence,
            tags=tuple(
                tag if split_tag(tag)[1] in kinds else OUTSIDE
                for tag in sentence.tags
            ),
        )
        for sentence in sentences
    ]


def check_asked_types(
    asked: Sequence[str], found: Sequence[str], *, data_dir: str, split: str
) -> None:
    """Checks that the data have the types that a run asks for.

    Args:
      asked: by --entity_types.
      found: in the split, before others were left out.
      data_dir: where it was read, for the message.
      split: its name. A type that only dev or test lacks is said in the log;
        of one that the training data lack nothing can be learned.

    Raises:
      InputError: the tags have no types, or the training data lack one.
    """
    if UNTYPED in found:
        raise InputError(
            "there are no entity types to choose from",
            got=f"--entity_types={','.join(asked)} and tags without type in "
            f"{split}",
            expected="tags such as B-Disease, which name a type",
            next_step="leave --entity_types out, or use typed files",
            path=data_dir,
        )
    missing = [kind for kind in asked if kind not in found]
    if not missing:
        return
    if split in ("train", "train_dev"):
        raise unknown_types(missing, found, what=split, path=data_dir)
    _log.warning(
        "%s: no %s in %s, which has %s",
        data_dir,
        ", ".join(missing),
        split,
        listed(found) or "no entities",
    )


def unknown_types(
    missing: Sequence[str],
    known: Sequence[str],
    *,
    what: str,
    path: str | None = None,
) -> InputError:
    """Makes the error for types that a corpus or its data do not have."""
    close = difflib.get_close_matches(missing[0], known, n=1, cutoff=0.5)
    same = [k for k in known if k.casefold() == missing[0].casefold()]
    guess = (same or close)[:1]
    return InputError(
        "unknown entity type",
        got=", ".join(kind[:60] for kind in missing),
        expected=f"some of {listed(known)}" if known else "data with entities",
        next_step=(f"did you mean {guess[0]}? " if guess else "")
        + f"correct --entity_types: these are the types of {what}",
        path=path,
    )


def listed(kinds: Sequence[str]) -> str:
    """Returns types for a message; a long list is cut."""
    more = len(kinds) - _SHOWN
    text = ", ".join(kinds[:_SHOWN])
    return f"{text} and {more} more" if more > 0 else text
