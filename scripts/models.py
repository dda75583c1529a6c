r"""Lists the published models, or says what is known of one, or of a folder.

usage: models.py [--json | --markdown] [NAME_OR_PATH]

For example:

  python scripts/models.py
  python scripts/models.py biobert-v1.1-pubmed
  python scripts/models.py emilyalsentzer/Bio_ClinicalBERT
  python scripts/models.py downloads/biobert_v1.1_pubmed

Of a folder, or a checkpoint in one, it tells which model that is (by its name
or by hashes), which files are missing, and which are another model's; the
exit code is 2 where something is. No network is needed.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from foundation import files
from foundation.errors import InputError
from modeling.weights.hub import is_hub_path
from modeling.weights.known_model import KnownModel
from modeling.weights.known_models import (
    find_model,
    known_model,
    listed_models,
)
from modeling.weights.model_files import ModelFiles, examine
from preprocessing.tokenization import infer_lower_case

_NOT_KNOWN = "unknown"
_COLUMNS = ("name", "family", "letters", "GELU", "pieces", "length", "from")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was asked for; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.markdown:
            print("\n".join(markdown(listed_models())))
            exit_code = 0
        else:
            exit_code = _answer(options.model, as_json=options.json)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model",
        nargs="?",
        metavar="NAME_OR_PATH",
        help="a name of the list, one on Hugging Face, or a path",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print JSON")
    how.add_argument(
        "--markdown",
        action="store_true",
        help="print the list as docs/models.md has it",
    )
    return parser


def _answer(asked: str | None, *, as_json: bool) -> int:
    if asked is None:
        models = listed_models()
        if as_json:
            _print_json([dataclasses.asdict(model) for model in models])
        else:
            print("\n".join(table(models)))
        return 0
    named = find_model(asked)
    if named is None and _is_there(asked):
        found = examine(asked)
        if as_json:
            _print_json(dataclasses.asdict(found))
        else:
            print("\n".join(about_folder(found)))
        return 2 if found.problems else 0
    named = named or known_model(asked)
    if named is None:
        raise _unknown(asked)
    if as_json:
        _print_json(dataclasses.asdict(named))
    else:
        print("\n".join(about(named)))
    return 0


def _is_there(path: str) -> bool:
    if is_hub_path(path):
        return False
    return files.exists(path) or files.exists(f"{path}.index")


def _unknown(asked: str) -> InputError:
    names = [model.key for model in listed_models()]
    close = difflib.get_close_matches(asked.lower(), names, cutoff=0.4)
    return InputError(
        "no model of that name is known, and nothing lies there",
        got=asked,
        expected=f"one of {', '.join(close)}" if close else "a known name",
        next_step="`python scripts/models.py` lists the names",
    )


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def table(models: Iterable[KnownModel]) -> list[str]:
    """Returns aligned columns, a line for each model."""
    rows = [_COLUMNS, *(row_of(model) for model in models)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def markdown(models: Iterable[KnownModel]) -> list[str]:
    """Returns a Markdown table with licences, a line for each model."""
    rows: list[Sequence[str]] = [
        (*_COLUMNS[:-1], "licence", "where"),
        ("---",) * (len(_COLUMNS) + 1),
    ]
    for model in models:
        *cells, place = row_of(model)
        if not model.hub:
            place = f"[archive]({place})"
        rows.append((*cells, model.licence or "not stated", place))
    return [f"| {' | '.join(row)} |" for row in rows]


def row_of(model: KnownModel) -> tuple[str, ...]:
    """Returns the cells of a model, in the order of the columns."""
    pieces = model.vocabulary.num_pieces if model.vocabulary else None
    return (
        model.key,
        model.family,
        letters(model.lower_case),
        model.gelu or _NOT_KNOWN,
        _shown(pieces),
        _shown(model.pretrained_length),
        f"hf://{model.hub}" if model.hub else model.sources[0],
    )


def letters(lower_case: bool | None) -> str:
    """Returns the casing in a word."""
    return {True: "uncased", False: "cased", None: _NOT_KNOWN}[lower_case]


def _shown(value: object) -> str:
    return _NOT_KNOWN if value is None or value == "" else str(value)


def about(model: KnownModel) -> list[str]:
    """Returns all that is known of a model, a line for each thing."""
    vocabulary = model.vocabulary
    hub = f"hf://{model.hub}" if model.hub else "not under its authors' name"
    facts = {
        "name": model.name,
        "family": model.family,
        "letters": letters(model.lower_case),
        "GELU": model.gelu,
        "size": model.size,
        "vocabulary": vocabulary and vocabulary.name,
        "pieces": vocabulary and vocabulary.num_pieces,
        "sha256": vocabulary and vocabulary.sha256,
        "pretrained length": model.pretrained_length,
        "pretraining steps": model.num_steps,
        "Hugging Face": hub,
        "files": ", ".join(model.files),
        "licence": model.licence or "not stated",
    }
    lines = _aligned(facts)
    lines += [f"source: {source}" for source in model.sources]
    if model.note:
        lines.append(f"note: {model.note}")
    return [model.key, *(f"  {line}" for line in lines)]


def about_folder(found: ModelFiles) -> list[str]:
    """Returns what lies at a path, a line for each thing."""
    told = found.model.name if found.model else _NOT_KNOWN
    if found.recognised_by:
        told += f", by {found.recognised_by}"
    facts = {
        "model": told,
        "weights": found.weights or "missing",
        "config": found.config or "missing",
        "vocabulary": found.vocabulary or "missing",
        "sha256": found.vocabulary_sha256,
        "letters": letters(_lower_case(found)),
        "GELU": found.gelu,
    }
    lines = _aligned(facts)
    if found.candidates:
        names = ", ".join(model.key for model in found.candidates)
        lines.append(f"vocabulary and size are those of: {names}")
    return [
        found.folder,
        *(f"  {line}" for line in lines),
        *(f"  ! {problem}" for problem in found.problems),
    ]


def _lower_case(found: ModelFiles) -> bool | None:
    """Returns the casing by hash or name, else by the pieces themselves."""
    path = found.vocabulary or ""
    if found.lower_case is None and path.endswith(".txt"):
        return infer_lower_case(path)
    return found.lower_case


def _aligned(facts: dict[str, Any]) -> list[str]:
    width = max(map(len, facts)) + 2
    return [f"{name + ':':{width}}{_shown(v)}" for name, v in facts.items()]


if __name__ == "__main__":
    sys.exit(main())
