"""Byte strings -> a trie that compiled loops walk: one table of integers.

It is a hash table of the trie's edges. The row of an edge stands for the node
it leads to and holds [key, value]: the key is the node the edge comes from and
its byte, the value belongs to the string that ends there. Open addressing
finds a row in one or two steps, mostly in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from preprocessing.compiled import compiled, inlined

_FREE = -1  # the key of a row without an edge, the value of a node without
_BYTE_BITS = 8
_MAX_ROW_BITS = 22  # a row and a byte make an int32 key
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Knuth's: 2**64 / golden ratio
_HASH_SHIFT = np.uint64(64 - _MAX_ROW_BITS)


def build_trie(*roots: Mapping[bytes, int]) -> np.ndarray:
    """Returns the table of several tries; `root_node(table, i)` is the i-th.

    Args:
      *roots: what each holds: strings and their values, from 0 on. An empty
        string is left out.

    Returns:
      int32 [rows, 2], rows a power of two, at most half of them used.
    """
    num_bytes = sum(len(key) for strings in roots for key in strings)
    row_bits = (2 * num_bytes + 1).bit_length()
    if row_bits > _MAX_ROW_BITS:
        raise ValueError(f"too long for one trie: {num_bytes} bytes")
    table = np.full((1 << row_bits, 2), _FREE, np.int32)
    for root, strings in enumerate(roots):
        keys = [key for key in strings if key]
        _insert(
            table,
            root,
            np.frombuffer(b"".join(keys), np.uint8),
            np.cumsum([len(key) for key in keys], dtype=np.int64),
            np.array([strings[key] for key in keys], np.int32),
        )
    return table


@compiled
def _insert(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    table: np.ndarray,
    root: int,
    text: np.ndarray,
    ends: np.ndarray,
    values: np.ndarray,
) -> None:
    start = 0
    for i in range(len(values)):
        node = root_node(table, root)
        for position in range(start, ends[i]):
            key = _key(node, text[position])
            node = _row(table, key)
            table[node, 0] = key
        table[node, 1] = values[i]
        start = ends[i]


@inlined
def root_node(table: np.ndarray, root: int) -> int:
    """Returns where a walk starts: roots are numbered from behind the rows."""
    return len(table) + root


@inlined
def child_node(table: np.ndarray, node: int, byte: int) -> int:
    """Returns the node behind the edge with this byte, or -1."""
    key = _key(node, byte)
    row = _row(table, key)
    return row if table[row, 0] == key else -1


@inlined
def node_value(table: np.ndarray, node: int) -> int:
    """Returns the value of the string that ends at a node, or -1."""
    value: int = table[node, 1]
    return value


@inlined
def _key(node: int, byte: int) -> np.int32:
    return np.int32((node << _BYTE_BITS) | byte)


@inlined
def _row(table: np.ndarray, key: np.int32) -> int:
    """Returns the row that holds an edge, or the free one for it."""
    mask = len(table) - 1
    mixed = np.uint64(key) * _MULTIPLIER
    row = int(np.int64(mixed >> _HASH_SHIFT)) & mask
    while table[row, 0] != key and table[row, 0] != _FREE:
        row = (row + 1) & mask
    return row
