"""Notes that repeat others: equal texts, and what was copied forward.

Hospital notes are written by copying the last one and changing some lines. A
note is copied forward by the share of its lines that an earlier note of the
same patient has. Only hashes are looked at, for some of the patients at a
time, so that memory does not grow with the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from preprocessing.clinical import note_text
from preprocessing.clinical.note_arrays import ChunkTable

MIN_LINES = 5  # of a note; shorter ones are alike by chance
_LINES_AT_ONCE = 1 << 21  # whose arrays take 100 MB
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # Knuth's: 2**64 / golden ratio


class Tables(Protocol):
    """Reads what is known of the notes, chunk by chunk, as often as needed."""

    def __call__(self) -> Iterator[ChunkTable]:
        """Yields the chunks' tables in order."""


def find_duplicates(tables: Tables) -> np.ndarray:
    """Returns which notes have the text of an earlier one: bool [notes].

    Earlier in the tables' order, of whatever patient. Notes that are not
    written for another reason are none.
    """
    hashes, status = _joined(tables, "text_hash", "status")
    is_duplicate = np.zeros(len(status), bool)
    (with_text,) = np.nonzero(status == note_text.WRITTEN)
    hashes = hashes[with_text]
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # equal ones in order
    is_same = (hashes[order[1:]] == hashes[order[:-1]]).all(axis=1)
    is_duplicate[with_text[order[1:][is_same]]] = True
    return is_duplicate


def copied_shares(tables: Tables) -> np.ndarray:
    """Returns how much of each note was copied forward: float32 [notes].

    The share of its lines (those of MIN_LINE_BYTES and more) that an earlier
    note of the same patient has; 0 of notes with less than MIN_LINES lines or
    without a patient. Earlier by time, and by the tables' order where times
    are the same or not known.
    """
    patient, time, num_lines = _joined(tables, "patient", "time", "num_lines")
    rank = np.empty(len(time), np.int64)
    rank[np.argsort(time, kind="stable")] = np.arange(len(time))
    num_copied = np.zeros(len(time), np.int64)
    num_parts = 1 + int(num_lines.sum()) // _LINES_AT_ONCE
    for part in range(num_parts):
        is_wanted = (patient != 0) & (patient % num_parts == part)
        hashes = _hashes_of(tables, is_wanted)
        of_line = np.repeat(np.nonzero(is_wanted)[0], num_lines[is_wanted])
        keys = hashes ^ (patient[of_line] * _MIXER)
        is_copied = _has_earlier(keys, rank[of_line])
        num_copied += np.bincount(of_line[is_copied], minlength=len(time))
    shares = np.zeros(len(time), np.float32)
    counted = num_lines >= MIN_LINES
    shares[counted] = num_copied[counted] / num_lines[counted]
    return shares


def _hashes_of(tables: Tables, is_wanted: np.ndarray) -> np.ndarray:
    """Returns the line hashes of some notes, in order."""
    parts = [np.empty(0, np.uint64)]
    first = 0
    for table in tables():
        wanted = is_wanted[first : first + len(table.row)]
        first += len(table.row)
        parts.append(table.line_hashes[np.repeat(wanted, table.num_lines)])
    return np.concatenate(parts)


def _has_earlier(keys: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Returns which lines a note of a lower rank has, too: bool [lines]."""
    order = np.lexsort((ranks, keys))
    sorted_keys, sorted_ranks = keys[order], ranks[order]
    begins = np.ones(len(keys), bool)
    begins[1:] = sorted_keys[1:] != sorted_keys[:-1]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(keys)), 0))
    has_earlier = np.empty(len(keys), bool)
    has_earlier[order] = sorted_ranks > sorted_ranks[first]
    return has_earlier


def _joined(tables: Tables, *names: str) -> tuple[Any, ...]:
    """Returns some arrays of all chunks, each as one."""
    parts = [[getattr(table, name) for name in names] for table in tables()]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
