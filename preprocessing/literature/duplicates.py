"""Which papers of all files are replaced or taken back by later records.

PubMed's updates hold papers anew, with more or less text, and lists of those
that are deleted. What comes last counts, as NLM says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# In place of the number of a document.
SKIPPED = -1
DELETED = -2
ENTRY = np.dtype([("key", np.int64), ("document", np.int32)])

SUPERSEDED_REASON = "replaced by a later record"
DELETED_REASON = "deleted by a later record"


def documents_to_drop(tables: Sequence[np.ndarray]) -> list[dict[int, str]]:
    """Returns, for each file, the documents to leave out and why.

    Args:
      tables: `ENTRY` [records] for each file, in the order of the files: the
        paper's key, and the number of its document in the file, `SKIPPED` or
        `DELETED`.
    """
    drops: list[dict[int, str]] = [{} for _ in tables]
    if not tables:
        return drops
    keys = np.concatenate([table["key"] for table in tables])
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    is_last = np.append(ordered[1:] != ordered[:-1], np.True_)[: len(order)]
    # For each entry of a key: where its last one is.
    last = np.flatnonzero(is_last)[np.cumsum(is_last) - is_last]
    del keys, ordered
    documents = np.concatenate([table["document"] for table in tables])
    ends = np.cumsum([len(table) for table in tables])
    losers = np.flatnonzero(~is_last & (documents[order] >= 0))
    for loser in losers.tolist():
        entry = int(order[loser])
        unit = int(np.searchsorted(ends, entry, side="right"))
        is_deleted = documents[order[last[loser]]] == DELETED
        reason = DELETED_REASON if is_deleted else SUPERSEDED_REASON
        drops[unit][int(documents[entry])] = reason
    return drops
