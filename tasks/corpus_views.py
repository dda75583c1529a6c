"""A corpus seen through some of its entity types.

BioBERTpt trains one tagger for each of 13 entity groups (originals.md 6.9);
each sees the same sentences, with the other groups as O.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from dataclasses import replace

from foundation.errors import InputError
from tasks.corpus import TaggingCorpus, read_split
from tasks.entity_types import UNTYPED, unknown_types
from tasks.tag_schemes import types_of


def only_types(corpus: TaggingCorpus, kinds: Sequence[str]) -> TaggingCorpus:
    """Returns the corpus with these types alone; the others become O.

    Args:
      corpus: where they are.
      kinds: the types, as the files spell them. Where the corpus does not
        know its types they are checked when its training data is read.

    Raises:
      InputError: none is named, or the corpus does not have one of them.
    """
    asked = tuple(dict.fromkeys(kinds))
    if not all(asked) or not asked:
        raise InputError(
            "no entity type is named",
            got=repr(",".join(kinds)),
            expected="names with commas between, as Disease,Chemical",
            next_step="correct --entity_types, or leave it out",
        )
    known = corpus.kept_types or corpus.expected_types
    may_have_more = corpus.takes_other_types and not corpus.kept_types
    if known and not may_have_more:
        missing = [kind for kind in asked if kind not in known]
        if missing:
            raise unknown_types(missing, known, what=f"task {corpus.name}")
    return replace(corpus, asked_types=asked)


def only_type(corpus: TaggingCorpus, kind: str) -> TaggingCorpus:
    """Returns the corpus with one type alone; the others become O."""
    return only_types(corpus, (kind,))


def types_in(
    corpus: TaggingCorpus, data_dir: str, *, split: str = "train"
) -> list[str]:
    """Lists the types of the training data that the corpus keeps.

    Args:
      corpus: what to read; types that it leaves out are not listed.
      data_dir: where it is.
      split: "train", or "train_dev" where that is trained on.

    Returns:
      The types in the corpus's own order, others sorted behind them.

    Raises:
      InputError: the tags have no types, or there is no entity.
    """
    sentences, used = read_split(corpus, data_dir, split)
    found = types_of(tag for s in sentences for tag in s.tags)
    if not found or UNTYPED in found:
        raise InputError(
            "there are no entity types to train a tagger for each",
            got="tags without type" if found else "no entities",
            expected="tags such as B-Disease, which name a type",
            next_step="leave --one_tagger_per_type out, or use typed files",
            path=used[0].path,
        )
    order = corpus.kept_types or corpus.expected_types or ()
    known = [kind for kind in order if kind in found]
    return known + [kind for kind in found if kind not in known]


def type_folder(kind: str) -> str:
    """Returns the name of a folder for a type: safe, and its alone.

    A type may hold "/" or be "..": it comes from a file.
    """
    return "type-" + urllib.parse.quote(kind, safe="")
