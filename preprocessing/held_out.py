"""Documents that are kept out of training, to measure a model on.

Which documents these are depends on their text alone: not on the vocabulary,
the seed, the other documents or their order. So BERT's and ALBERT's records
of a text hold out the same documents, a corpus that grows keeps those it had,
and a document that is there twice is on one side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.corpus import Corpus
from preprocessing.near_duplicates import mixed

_PRIME = np.uint64(0x100000001B3)  # of 64-bit FNV-1a (Fowler, Noll, Vo)
_OFFSET = np.uint64(0xCBF29CE484222325)
_LINE_END = np.uint8(10)


def hashes_of_lines(text: bytes, num_lines: int) -> np.ndarray:
    r"""Returns a hash of each line's bytes: uint64 [num_lines].

    Args:
      text: lines, each with \n at its end.
      num_lines: how many.
    """
    hashes = np.empty(num_lines, np.uint64)
    _hash_lines(np.frombuffer(text, np.uint8), hashes)
    return hashes


@compiled
def _hash_lines(text: np.ndarray, hashes: np.ndarray) -> None:
    value = _OFFSET
    line = 0
    for byte in text:
        if byte == _LINE_END:
            hashes[line] = mixed(value)
            line += 1
            value = _OFFSET
        else:
            value = (value ^ np.uint64(byte)) * _PRIME


def held_out_documents(corpus: Corpus, fraction: float) -> np.ndarray:
    """Returns which documents are kept out: bool [documents].

    Args:
      corpus: read with `keep_hashes`.
      fraction: of the documents that is kept out on average, 0 to 1.
    """
    if corpus.sentence_hashes is None:
        raise ValueError("got a corpus without hashes, expected keep_hashes")
    hashes = np.zeros(corpus.num_documents, np.uint64)
    _hash_documents(
        np.asarray(corpus.sentence_hashes),
        np.asarray(corpus.document_starts),
        hashes,
    )
    limit = int(fraction * 2.0**32)
    is_held_out: np.ndarray = hashes >> np.uint64(32) < limit
    return is_held_out


@compiled
def _hash_documents(
    sentences: np.ndarray, starts: np.ndarray, hashes: np.ndarray
) -> None:
    for document in range(len(hashes)):
        for i in range(starts[document], starts[document + 1]):
            hashes[document] = _combined(hashes[document], sentences[i])


@inlined
def _combined(value: np.uint64, other: np.uint64) -> Any:
    return mixed(value * _PRIME + other)


def num_shared_sentences(corpus: Corpus, is_held_out: np.ndarray) -> int:
    """Returns how many sentences that are held out are in training, too.

    Headings such as "CONCLUSIONS." are; whole documents should not be.
    """
    sizes = np.diff(corpus.document_starts)
    out = np.repeat(is_held_out, sizes)
    hashes = np.asarray(corpus.sentence_hashes)
    return int(np.isin(hashes[out], hashes[~out]).sum())
