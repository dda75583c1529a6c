"""A memory of answers with a bound, for functions of one string."""

from __future__ import annotations

from collections.abc import Callable

MAX_ENTRIES = 1 << 18  # about 60 MB when full; a day of notes has fewer words
MAX_CHARS = 64  # longer strings hardly ever come twice


class Memo(dict[str, tuple[int, ...]]):
    """Answers of `compute` by their argument: `memo[text]`.

    `compute` must be a pure function; then the answer never depends on what
    was asked before. A full memory is emptied, not frozen: the words of a
    corpus drift.
    """

    def __init__(
        self,
        compute: Callable[[str], tuple[int, ...]],
        *,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        super().__init__()
        self._compute = compute
        self._max_entries = max_entries

    def __missing__(self, text: str) -> tuple[int, ...]:
        answer = self._compute(text)
        if len(text) <= MAX_CHARS:
            if len(self) >= self._max_entries:
                self.clear()
            self[text] = answer
        return answer
