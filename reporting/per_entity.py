"""Scores by entity type to BioBERTpt's table: a row a model, a column a type.

That project trained one tagger for each of SemClinBr's 13 groups of entities
and published the F1 of each (originals.md 6.9): `score_of_run` reads one such
run, and 13 of them make one model's row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evaluation.scores import Score
from foundation import files, json_files
from foundation.errors import InputError

Scores = Mapping[str, Score]  # entity type -> its score

# A score's fields and their names in results.json.
_NAMES = {
    "precision": "entity_precision",
    "recall": "entity_recall",
    "f1": "entity_f1",
    "gold": "num_entities_gold",
    "found": "num_entities_found",
    "correct": "num_entities_correct",
}
_MISSING = "-"  # a type that a model was not scored on


def write_per_entity(output_dir: str, models: Mapping[str, Scores]) -> None:
    """Writes per_entity.md, the published table, and per_entity.tsv.

    Args:
      output_dir: of the run.
      models: name -> score of each entity type.
    """
    contents = {
        "per_entity.md": per_entity_table(models),
        "per_entity.tsv": per_entity_tsv(models),
    }
    for name, text in contents.items():
        with files.write_atomically(files.join(output_dir, name)) as file:
            file.write(text)


def per_entity_table(
    models: Mapping[str, Scores], types: Sequence[str] | None = None
) -> str:
    """Returns the published table in Markdown: F1, four decimals.

    The best of a column is bold, where there are two models or more.

    Args:
      models: name -> score of each entity type.
      types: the columns, in order; all types, sorted, if not given.
    """
    columns = list(types) if types else _types(models.values())
    best = {
        kind: max(_shown(s[kind].f1) for s in models.values() if kind in s)
        for kind in _types(models.values())
    }
    lines = [
        _markdown_row(["Entity / Model", *columns]),
        _markdown_row(["------"] * (len(columns) + 1)),
    ]
    for name, scores in models.items():
        marked = best if len(models) > 1 else {}
        lines.append(per_entity_row(name, scores, types=columns, best=marked))
    return "".join(lines)


def per_entity_row(
    name: str,
    scores: Scores,
    *,
    types: Sequence[str],
    best: Mapping[str, str] | None = None,
) -> str:
    """Returns one model's row of the table, with its line end.

    Args:
      name: of the model.
      scores: by entity type; "-" stands for one that is missing.
      types: the columns, in order.
      best: entity type -> the F1 to print in bold, as printed.
    """
    cells = [name]
    for kind in types:
        cell = _shown(scores[kind].f1) if kind in scores else _MISSING
        is_best = best is not None and best.get(kind) == cell
        cells.append(f"**{cell}**" if is_best else cell)
    return _markdown_row(cells)


def per_entity_tsv(models: Mapping[str, Scores]) -> str:
    """Returns all scores for a spreadsheet: a line a model and type.

    Columns: model, entity, precision, recall, f1, and the numbers of entities
    in gold (support), found, correct.
    """
    lines = ["model\tentity\tprecision\trecall\tf1\tsupport\tfound\tcorrect\n"]
    for name, scores in models.items():
        for kind, score in scores.items():
            cells = [
                name,
                kind,
                *(f"{v:.4f}" for v in (score.precision, score.recall)),
                _shown(score.f1),
                *map(str, (score.gold, score.found, score.correct)),
            ]
            lines.append("\t".join(map(_one_cell, cells)) + "\n")
    return "".join(lines)


def score_of_run(output_dir: str, *, split: str = "test") -> Score:
    """Reads the entity score of a run, of all its types together.

    For runs with one type each: `{"Disorders": score_of_run(folder), ...}` is
    what the tables take.

    Args:
      output_dir: of the run; holds results.json.
      split: "test" or "dev".

    Raises:
      InputError: no results.json, or the split was not scored.
    """
    path = files.join(output_dir, "results.json")
    results = json_files.read_object(
        path,
        what="the result file of the run",
        next_step="run run_ner.py with --do_predict and this --output_dir",
    )
    by_split = results.get("scores", {})
    scores = by_split.get(split, {})
    missing = [name for name in _NAMES.values() if name not in scores]
    if missing:
        raise InputError(
            f"no entity scores of {split}",
            got=f"scores of {', '.join(sorted(by_split)) or 'nothing'}",
            expected=f"scores of {split} with {missing[0]}",
            next_step="score it with run_ner.py: --do_predict for test, "
            "--do_eval for dev",
            path=path,
        )
    return Score(**{field: scores[name] for field, name in _NAMES.items()})


def _types(all_scores: Iterable[Scores]) -> list[str]:
    return sorted({kind for scores in all_scores for kind in scores})


def _shown(f1: float) -> str:
    return f"{f1:.4f}"


def _markdown_row(cells: Sequence[str]) -> str:
    shown = (_one_cell(cell).replace("|", "\\|") for cell in cells)
    return f"|{'|'.join(shown)}|\n"


def _one_cell(text: str) -> str:
    return " ".join(text.split())  # a name may come from a folder
