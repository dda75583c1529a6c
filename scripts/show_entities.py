"""Shows the first entities of a predictions.jsonl: type, probability, words.

usage: show_entities.py [--count N] outputs/demo/predictions.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from foundation import files
from foundation.errors import InputError


def different_entities(
    lines: Iterable[str], path: str
) -> Iterator[dict[str, Any]]:
    """Yields the entities of prediction lines, each wording once.

    Args:
      lines: as `tasks.tagging_outputs.prediction_lines` writes them, or
        `inference.jsonl_writer`.
      path: of the file, for messages.

    Raises:
      InputError: a line that is no prediction, with its number.
    """
    seen = set()
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            # A sentence with its entities, or, of raw text, one entity.
            entities = value["entities"] if "words" in value else [value]
            wordings = [(e["type"], e["surface"].lower()) for e in entities]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "the line has no predicted entity",
                got=f"{len(line)} characters, {type(error).__name__}",
                expected='{"words": ..., "entities": [...]}, or {"surface": '
                "...} of raw text",
                next_step="pass the predictions.jsonl of an --output_dir",
                path=path,
                line=number,
            ) from error
        for entity, wording in zip(entities, wordings, strict=True):
            if wording not in seen:
                seen.add(wording)
                yield entity


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line an entity; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="a predictions.jsonl")
    parser.add_argument("--count", type=int, default=5, help="how many")
    options = parser.parse_args(arguments)
    try:
        text = files.read_text(
            options.file, what="the predictions", next_step="run run_ner.py"
        )
        # Not splitlines: a word may hold what Python takes for a line end.
        lines = text.rstrip("\n").split("\n")
        entities = different_entities(lines, options.file)
        for _, entity in zip(range(options.count), entities, strict=False):
            kind = entity["type"] or "entity"
            surface = " ".join(entity["surface"].split())  # on one line
            print(f"  {kind} {entity['probability']:.2f} {surface}")
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
