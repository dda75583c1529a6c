"""The prediction files of run_squad.py, run_qa.py and run_yesno.py, and ours.

predictions.json, nbest_predictions.json and null_odds.json as the originals
wrote them, byte for byte: 4 spaces, a line feed at the end. predictions.tsv
has what a table wants: id, answer, probability. All are written question by
question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from foundation import files

PREDICTIONS_FILE = "predictions.json"
N_BEST_FILE = "nbest_predictions.json"
ODDS_FILE = "null_odds.json"
TABLE_FILE = "predictions.tsv"
_INDENT = 4


def write_object(path: str, pairs: Iterable[tuple[str, Any]]) -> None:
    """Writes keys and values as `json.dumps(..., indent=4)` and a line feed.

    Args:
      path: the file.
      pairs: keys, none twice, and what `json` can write.
    """
    with files.write_atomically(path) as file:
        before = "{\n"
        for key, value in pairs:
            text = json.dumps({key: value}, indent=_INDENT)
            file.write(before + text.removeprefix("{\n").removesuffix("\n}"))
            before = ",\n"
        file.write("{}\n" if before == "{\n" else "\n}\n")


def write_table(
    path: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Writes a .tsv file: names, then a line a row.

    Spaces of any kind inside a text become one blank; what UTF-8 has no form
    for becomes U+FFFD.
    """
    with files.write_atomically(path) as file:
        for row in _with_names(names, rows):
            line = "\t".join(" ".join(str(cell).split()) for cell in row)
            data = line.encode("utf-8", "surrogatepass")
            file.write(data.decode("utf-8", "replace") + "\n")


def _with_names(
    names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    yield names
    yield from rows
